"""A lab's own functions: `segment` finds nuclei, `measure` makes tables of them."""
