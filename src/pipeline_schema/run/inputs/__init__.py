"""Which items a run is over, what each input of the pipeline gets, and what items are called."""
