"""Results of steps, kept by what they follow from."""
