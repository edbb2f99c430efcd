"""Files in and out: images, stores and tables, read as they are and written whole or not at all."""
