"""The codes that settings choose from. What each may do on the wire is the hub's affair, not this room's."""

ROLES = ("kiosk", "counter", "tablet", "printer", "tv", "led", "guide", "desk", "integration")
ORDERS = ("lane-then-time", "first-come")
LANES = ("normal", "priority")
OUTCOMES = ("received", "returned", "advised", "documents-missing", "late-result", "other", "not-stated")
PAUSE_REASONS = ("break", "meeting", "paperwork", "helping", "fault", "other")
TAKEN_IDS = {"web": "the signed-in pages send as `web`", "hub": "the hub signs in to the broker as `hub`",
             "self": "`self` means a device's own printer"}
