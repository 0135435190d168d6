"""The Slack app and the command line: everything that talks to Slack and to people."""
