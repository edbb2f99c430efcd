"""What executes the items of a run: processes of this machine, or a cluster."""
