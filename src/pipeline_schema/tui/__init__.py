"""The terminal interface: an editor of documents. The file is the truth; the interface edits a `Pipeline` and shows it."""
