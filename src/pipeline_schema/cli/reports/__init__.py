"""Reports: what was found in documents, in the forms that people and other programs read. One format, one module."""
