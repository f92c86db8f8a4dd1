"""The Discord front: its events become questions, answers become its messages."""
