"""What the parts of an office say to each other.

Rule 1: no queue rule lives here; this package knows shapes, topics and delivery, not who is next.
Rule 2: a message has one definition, in ``wire.messages``; docs/asyncapi.yaml is made from it.
Rule 3: grow by adding; readers ignore fields and events that they do not know.
"""

VERSION = 1
