"""`python -m compiler` is `sixfold`."""

from sixfold_compiler.cli import main

if __name__ == "__main__":
    main()
