"""What became of a run, for people: one page that needs nothing else, from a folder of outputs."""
