"""What the bot needs of Slack: people, members, files, downloads."""
