"""What every chat front does, whatever the platform: hears, answers, obeys, asks people. Calls no platform.

A front is a `Platform`, an `Act` for each kind of interaction, and the translation of its events.
"""
