"""Run `sixfold` as `python -m sixfold_compiler`."""

from sixfold_compiler.cli import main

if __name__ == "__main__":
    main()
