"""What is written in Discord: an answer's messages, a crawl's."""
