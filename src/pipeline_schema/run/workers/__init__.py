"""Worker processes: started, greeted, watched, and ended with their parent."""
