"""What every chat front shares: one answer a message, streamed, stopped, resumed; limits; following a crawl.

A front translates its platform's events into `Incoming`, and gives a `Reply` that knows how to show an answer
there. Nothing here knows a platform.
"""
