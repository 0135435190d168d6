"""What the bot listens to, one module a Slack feature."""
