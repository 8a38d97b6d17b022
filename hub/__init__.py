"""The only room that decides: who is next, what is on record, what is shown."""
