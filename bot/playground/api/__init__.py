"""Slack's Web API, method by method; each family of methods has its file."""
