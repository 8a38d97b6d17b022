"""The hall as docs/wire.md tells it, in the plainest way: one pile of visits, looked through at every question.

It shares no line with the project. A command raises `No`, or gives the id of the ticket that its reply shows; times
are ms, `at` by the wall, `mono` by the clock that never steps.
"""
from types import SimpleNamespace as Thing


class No(Exception):
    """The refusal; its text is the code."""

def need(*conditions):
    if broken := [code for holds, code in conditions if not holds]:
        raise No(broken[0])

class Model:
    def __init__(self, **hall):  # series, serves, lanes, order, closed, reserved, guard_ms, rating_ms, offset_ms
        self.hall, self.day, self.call, self.visits, self.here, self.last_n = Thing(**hall), None, 0, {}, [], {}
        self.desks = {n: Thing(n=n, mode="closed", clerk=None, services=None, ticket=None, last=None, called=None)
                      for n in self.hall.serves}
    def time_is(self, at, mono):
        self.at, self.mono, day = at, mono, (at + self.hall.offset_ms) // 86_400_000
        if self.day is None or day > self.day:
            for v in self.here:
                v.state = "expired" if v.state in ("waiting", "held", "missed") else v.state
            self.here, self.day, self.last_n = [v for v in self.here if v.state in ("called", "serving")], day, {}
    def served(self, d):
        return d.services if d.services is not None else self.hall.serves[d.n] or list(self.hall.series)
    def waiting(self, services):
        by_lane = -1 if self.hall.order == "lane-then-time" else 0
        return sorted((v for v in self.here if v.state == "waiting" and v.service in services),
                      key=lambda v: (by_lane * self.hall.lanes.index(v.lane), v.queued, v.order))
    def ahead(self, v):
        mine = [d for d in self.desks.values() if v.service in self.served(d)]
        mine = [d for d in mine if d.mode != "closed"] or mine
        return self.waiting({s for d in mine for s in self.served(d)} | {v.service}).index(v)
    def found(self, name):
        named = [v for v in self.here if name == v.id or (name, self.day) == (v.number, v.day)]
        need((named, "unknown-ticket"))
        return named[0]
    def desk(self, n, at_counter="not told", *, usable=False, busy=False):
        need((n in self.desks, "unknown-counter"))
        d = self.desks[n]
        need((at_counter in ("not told", d.ticket and d.ticket.id), "counter-changed"),
             (not (usable or busy) or d.mode != "closed", "counter-closed"), (not busy or d.ticket, "counter-idle"))
        return d
    def take_ticket(self, ticket, service, lane=None):
        need((service in self.hall.series, "unknown-service"), (service not in self.hall.closed, "service-closed"))
        n, (first, last) = self.last_n.get(service, 0) + 1, self.hall.reserved
        n = self.last_n[service] = last + 1 if first <= n <= last else n
        v = self.visits[ticket] = Thing(
            id=ticket, number=self.hall.series[service] + str(n).rjust(3, "0"), service=service, day=self.day,
            lane=lane or self.hall.lanes[0], queued=self.mono, order=len(self.visits), state="waiting", counter=None,
            calls=0, finished=0, wait_s=None, service_s=None, score=None)
        self.here.append(v)
        return ticket
    def become(self, v, state, *out_of):
        need((v.state in out_of, "counter-busy" if v.state == "serving" else "not-waiting"))
        v.state = state
        return v.id
    def cancel_ticket(self, ticket):
        return self.become(self.found(ticket), "cancelled", "waiting", "cancelled")
    def restore(self, ticket):
        return self.become(self.found(ticket), "waiting", "missed", "waiting")
    def rate(self, score, ticket=None, counter=None):
        ticket = ticket or self.desk(counter).last
        need((ticket, "not-finished"), (ticket in self.visits, "unknown-ticket"))
        v = self.visits[ticket]
        need((v.state == "finished", "not-finished"), (v.score is None, "already-rated"),
             (self.at - v.finished <= self.hall.rating_ms, "too-late"))
        v.score = score
    def open_counter(self, counter, clerk=None, services=None):
        need((set(services or ()) <= set(self.hall.series), "unknown-service"))
        d = self.desk(counter)
        for other in self.desks.values():
            other.clerk = None if clerk == other.clerk else other.clerk
        d.mode, d.clerk, d.services = "open", clerk or d.clerk, d.services if services is None else services
    def pause_counter(self, counter):
        self.desk(counter, usable=True).mode = "paused"
    def close_counter(self, counter):
        need((not self.desk(counter).ticket, "counter-busy"))
        vars(self.desks[counter]).update(mode="closed", clerk=None, services=None)
    def shout(self, v, d, times, out_of):
        self.become(v, "called", out_of)
        v.wait_s = (self.mono - v.queued) / 1000 if v.wait_s is None else v.wait_s
        self.call, v.calls, v.times, v.called, v.counter = self.call + 1, v.calls + 1, times, self.mono, d.n
        d.called, d.ticket = (self.mono if times == 1 else d.called), v
        return v.id
    def call_next(self, counter, service=None, at_counter="not told"):
        need((service is None or service in self.hall.series, "unknown-service"))
        d = self.desk(counter, at_counter, usable=True)
        wild = at_counter == "not told" and d.called is not None and self.mono - d.called < self.hall.guard_ms
        line = self.waiting([s for s in self.served(d) if service in (None, s)])
        need((not wild, "counter-busy"), (line or d.ticket, "nobody-waiting"))
        _, d.mode = d.ticket and self.finish(counter), "open"
        return self.shout(line[0], d, 1, "waiting") if line else None
    def call_ticket(self, counter, ticket, at_counter="not told"):
        v, d = self.desk(counter) and self.found(ticket), self.desk(counter, at_counter)
        if d.ticket is v and v.state == "called":
            return v.id
        need((d.mode == "open", "counter-closed"), (not d.ticket, "counter-busy"))
        return self.shout(v, d, 1, "waiting")
    def recall(self, counter):
        d = self.desk(counter, busy=True)
        return self.shout(d.ticket, d, d.ticket.times + 1, "called")
    def start_service(self, counter):
        v = self.desk(counter, busy=True).ticket
        v.started = self.mono if v.state == "called" else v.started
        return self.become(v, "serving", "called", "serving")
    def finish(self, counter, at_counter="not told"):
        d = self.desk(counter, at_counter, busy=True)
        v, d.last, d.ticket = d.ticket, d.ticket.id, None
        v.service_s, v.finished = (self.mono - (v.called if v.state == "called" else v.started)) / 1000, self.at
        return self.become(v, "finished", "called", "serving")
    def no_show(self, counter, at_counter="not told"):
        d = self.desk(counter, at_counter, busy=True)
        v, d.ticket = self.become(d.ticket, "missed", "called"), None
        return v
