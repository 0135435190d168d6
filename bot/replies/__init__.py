"""What the bot says, and how it gets there."""
