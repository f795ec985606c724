"""A worker process as the database and the network see it: it works, and it may die between any two statements."""

import warnings

from django.db import connection as database

NOT_COUNTED = ("SAVEPOINT", "ROLLBACK TO", "RELEASE")  # the database ends the transaction of a client that is gone


class Killed(BaseException):
    """kill -9: nothing the worker meant to do next happens, no cleaning up either."""


class Worker:
    """``dies_at``: the statement, counted from its start, before which it is killed; None: it lives."""

    def __init__(self, present, dies_at=None):
        self.present, self.left, self.dead = present, dies_at, False

    def run(self, job):
        """Whether it lived to the end."""
        self.present.append(self)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # the dead close nothing behind them
            try:
                with database.execute_wrapper(self._statement):
                    job()
            except Killed:
                return False
            finally:
                self.present.pop()
        return True

    def _statement(self, execute, sql, params, many, context):
        if self.present[-1] is self and not sql.startswith(NOT_COUNTED):
            self.check_alive()
            if self.left is not None:
                self.left -= 1
                if self.left < 0:
                    self.die()
        return execute(sql, params, many, context)

    def check_alive(self):
        if self.dead:
            raise Killed

    def die(self):
        self.dead = True
        raise Killed
