"""Processes of one host: started in order, started again when they die, ended together, none left behind."""
