"""What is told of the loop: its state as data, ledgers, papers."""
