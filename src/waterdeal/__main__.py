"""``python -m waterdeal``."""

from waterdeal.cli import main

if __name__ == "__main__":
    main()
