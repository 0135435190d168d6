"""Photos and faces: decode, detect, align, embed, store, search. Knows nothing of Slack.

Importing this package loads no weights and opens no connection.
"""
