"""What goes between a parent and its worker: frames, messages, arrays in shared memory."""
