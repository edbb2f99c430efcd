"""The terminal interface, an editor of documents: the file is the truth, the interface edits a `Pipeline`."""
