"""``python -m pipeline_schema`` is the command ``pipeline``."""

from pipeline_schema.cli.main import main

if __name__ == "__main__":
    main()
