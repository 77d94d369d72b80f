"""Paper: pages of our own templates become PDF, in a child process with limits."""
