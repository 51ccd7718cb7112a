"""`python -m compiler` is `sixfold`."""

from compiler.cli import main

if __name__ == "__main__":
    main()
