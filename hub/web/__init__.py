"""The hub's pages and its open interface for people and programs that speak HTTP.

Rule 1: a page asks for things exactly as a device does; nothing here decides who is next.
Rule 2: what pages show is the retained state, word for word; a page that lost the hub says so.
Rule 3: every route declares who may use it, or the pages do not start.
"""
