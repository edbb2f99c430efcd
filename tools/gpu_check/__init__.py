"""What is shown on a machine with an NVIDIA GPU, by one command: ``make gpu-check``."""
