"""What is shown on a machine with an NVIDIA GPU, by one command: ``python -m tools.gpu_check``, or ``make gpu-check``."""
