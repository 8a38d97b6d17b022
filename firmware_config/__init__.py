"""What is true of this building: its settings, its devices' keys, its broker, and the demo that runs them.

The law of the room:
1. It imports no other room: it starts them by name, and hands them settings.
2. Settings are read once, whole: either everything is right, or every mistake is told at once.
3. It makes secrets but never prints them, and never writes over one unless it is told to renew.
"""
