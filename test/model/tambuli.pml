/*
 * The way of a publication: a transaction, the outbox, a relay, the log, a broker, a live channel, a reader.
 * docs/inside/model.md explains it. The names are those of src/realtime and src/db/outbox.
 *
 * Guarantees: R1 nothing committed is missed; R2 a reader gets each offset after the one before it; R5 a committed
 * transaction is published exactly once and a rolled-back one never.
 *
 * -DPROMPT  the broker loses nothing, no process dies, and heads are never compared: every reader is served all the same.
 * -DM_...   one mutation: a fault that someone could make, to which Spin has to find a counterexample.
 */

#ifndef TRANSACTIONS
#define TRANSACTIONS 2
#endif
#define SERVERS 2

#ifdef PROMPT
#define DEATHS 0
#define LOSSES 0
#else
#define DEATHS 2
#define LOSSES 1
#endif
/* Word that comes twice, and times that the reader changes its transport. */
#define REPEATS 1
#define CHANGES 1

/* ---- Postgres ---- */

mtype = { waiting, inserted, committed, rolledBack };
mtype transaction[TRANSACTIONS] = waiting;
/* The row of a transaction in the outbox. Ids are drawn from a sequence, so they do not commit in their order. */
byte rowId[TRANSACTIONS];
bool inOutbox[TRANSACTIONS];
byte sequence;

/* The log of one channel: its end, and how often each transaction is in it. */
byte logHead;
byte published[TRANSACTIONS];
#ifdef M_RELAY_BY_SEQUENCE
byte lastSeen;
#endif

/* ---- two server processes ---- */

/* Offset that was moved into the log and not announced yet. */
byte announcing[SERVERS];
bool joined[SERVERS];
bool open[SERVERS];
byte head[SERVERS];
byte heardOf[SERVERS];
/* The live channel holds everything after this offset in its tail. */
byte tailStart[SERVERS];
/* Word under way to the process: bit n is offset n. The broker keeps no order. */
byte underWay[SERVERS];
/* A gap is being read, and the end of the log as the read saw it. */
bool reading[SERVERS];
byte pageEnd[SERVERS];

byte deaths = DEATHS;
byte losses = LOSSES;
byte repeats = REPEATS;

/* ---- one reader ---- */

mtype = { away, connecting, backlog, live };
mtype reader = away;
byte server;
/* Position that the client has seen, and offset up to which the server has served it. */
byte seen;
byte served;
byte changes = CHANGES;

#define isVisible(t) (inOutbox[t] && transaction[t] == committed)
#ifdef M_RELAY_BY_SEQUENCE
#define isDue(t) (isVisible(t) && rowId[t] > lastSeen)
#else
#ifdef M_RELAY_READS_UNCOMMITTED
#define isDue(t) (inOutbox[t] && (transaction[t] == committed || transaction[t] == inserted))
#else
#define isDue(t) isVisible(t)
#endif
#endif
#if TRANSACTIONS == 2
#define someDue (isDue(0) || isDue(1))
#else
#define someDue (isDue(0) || isDue(1) || isDue(2))
#endif

/* The row with the lowest id that is due. */
inline chooseRow(chosen) {
  chosen = 0;
  do
  :: chosen < TRANSACTIONS && !isDue(chosen) -> chosen++
  :: else -> break
  od;
  next = chosen + 1;
  do
  :: next < TRANSACTIONS ->
    if
    :: isDue(next) && rowId[next] < rowId[chosen] -> chosen = next
    :: else
    fi;
    next++
  :: else -> break
  od
}

inline append(moved) {
  logHead++;
  published[moved]++;
#ifdef M_RELAY_BY_SEQUENCE
  lastSeen = rowId[moved];
#endif
  assert(published[moved] == 1); /* R5: once */
  assert(transaction[moved] == committed) /* R5: and only what was committed */
}

/* The client, which drops what it has seen. */
inline receive(given) {
  assert(given <= logHead); /* R5: nothing is heard that the log does not hold */
  if
  :: given <= seen
  :: else ->
    assert(given == seen + 1); /* R2 */
    seen = given
  fi
}

inline deliver(sender, delivered) {
  if
  :: reader == live && server == sender -> receive(delivered)
  :: else
  fi
}

inline hearOf(hearer, word) {
  if
  :: word > heardOf[hearer] && word > head[hearer] -> heardOf[hearer] = word
  :: else
  fi
}

/* Values that decide nothing any more are zero, so that Spin has fewer states to tell apart. */
inline forget(knower) {
  if
  :: heardOf[knower] <= head[knower] -> heardOf[knower] = 0
  :: else
  fi
}

/* LiveChannel.accept */
inline accept(taker, taken) {
  if
  :: !joined[taker]
#ifdef M_GAP_NOT_FILLED
  :: joined[taker] && open[taker] && !reading[taker] && taken > head[taker] ->
#else
  :: joined[taker] && open[taker] && !reading[taker] && taken == head[taker] + 1 ->
#endif
    head[taker] = taken;
    forget(taker);
    deliver(taker, taken)
  :: else -> hearOf(taker, taken)
  fi
}

/* Broker.announce: the other process hears of it, or not. */
inline announce(other, news) {
  if
  :: joined[other] -> underWay[other] = underWay[other] | (1 << news)
  :: !joined[other]
  :: losses > 0 -> losses--
  fi
}

inline carry(target, carried) {
  (underWay[target] >> carried) & 1 ->
  if
  :: underWay[target] = underWay[target] & ~(1 << carried)
  :: repeats > 0 -> repeats--
  fi;
  accept(target, carried)
}

proctype Transaction(byte t) {
  atomic { sequence++; rowId[t] = sequence; inOutbox[t] = true; transaction[t] = inserted }
  if
  :: transaction[t] = committed
  :: atomic { transaction[t] = rolledBack; inOutbox[t] = false }
  fi
}

proctype Server(byte s) {
  byte row, next;
#ifdef M_RELAY_IN_TWO_STATEMENTS
  byte undeleted;
#endif
end:
  do
  /* The relay: one statement appends a row and deletes it. */
  :: atomic { announcing[s] == 0 && someDue ->
#ifdef M_ANNOUNCED_BEFORE_MOVED
      announcing[s] = logHead + 1
    }
  :: atomic { announcing[s] != 0 ->
      accept(s, announcing[s]);
      announce(1 - s, announcing[s]);
    }
    atomic {
      if
      :: announcing[s] != 0 && someDue -> chooseRow(row); append(row); inOutbox[row] = false
      :: else
      fi;
      announcing[s] = 0
    }
#else
      chooseRow(row);
      append(row);
#ifdef M_RELAY_IN_TWO_STATEMENTS
      undeleted = row + 1;
#else
      inOutbox[row] = false;
#endif
      row = 0;
      next = 0;
      announcing[s] = logHead
    }
#ifdef M_RELAY_IN_TWO_STATEMENTS
  :: atomic { undeleted != 0 -> inOutbox[undeleted - 1] = false; undeleted = 0 }
#endif
  :: atomic { announcing[s] != 0 ->
      accept(s, announcing[s]);
      announce(1 - s, announcing[s]);
      announcing[s] = 0
    }
#endif

  :: atomic { carry(s, 1) }
  :: atomic { carry(s, 2) }
#if TRANSACTIONS == 3
  :: atomic { carry(s, 3) }
#endif

  /* LiveChannel.#open: somebody subscribes here. */
#ifdef M_HEAD_BEFORE_JOIN
  :: atomic { !open[s] && !reading[s] -> head[s] = logHead; tailStart[s] = logHead; reading[s] = true }
  :: atomic { !open[s] && reading[s] -> joined[s] = true; open[s] = true; reading[s] = false }
#else
  :: atomic { !joined[s] -> joined[s] = true }
  :: atomic { joined[s] && !open[s] ->
      head[s] = logHead; tailStart[s] = logHead; open[s] = true;
      forget(s)
    }
#endif

  /* LiveChannel.#repair: the log is read, and later what it gave is delivered. */
  :: atomic { open[s] && !reading[s] && heardOf[s] > head[s] ->
      reading[s] = true; pageEnd[s] = logHead
    }
  :: atomic { open[s] && reading[s] ->
      reading[s] = false;
      do
      :: head[s] < pageEnd[s] -> head[s]++; deliver(s, head[s])
      :: else -> break
      od;
      forget(s);
      pageEnd[s] = 0
    }

  /* RealtimeManager.checkHeads */
#ifndef PROMPT
#ifndef M_HEADS_NOT_COMPARED
  :: atomic { open[s] && heardOf[s] < logHead && head[s] < logHead -> heardOf[s] = logHead }
#endif
#endif

  /* kill -9, and another process in its place. */
  :: atomic { deaths > 0 ->
      deaths--;
      announcing[s] = 0; joined[s] = false; open[s] = false; head[s] = 0; heardOf[s] = 0;
      tailStart[s] = 0; underWay[s] = 0; reading[s] = false; pageEnd[s] = 0;
#ifdef M_RELAY_IN_TWO_STATEMENTS
      undeleted = 0;
#endif
      if
      :: server == s -> reader = away; server = 0; served = 0
      :: else
      fi
    }
  od
}

/* joinSince: backlog, cutover, live. */
proctype Reader() {
end:
  do
  :: atomic { reader == away ->
      if
      :: server = 0
      :: server = 1
      fi;
      reader = connecting
    }
  :: atomic { reader == connecting && open[server] ->
      reader = backlog;
#ifdef M_COMES_BACK_WITHOUT_POSITION
      served = head[server]
#else
      served = seen
#endif
    }
#ifdef M_JOINS_BEFORE_BACKLOG
  :: atomic { reader == backlog && served <= head[server] -> reader = live }
  :: atomic { reader == live && served < tailStart[server] -> served++; receive(served) }
#else
  /* A page of history, of one publication. */
  :: atomic { reader == backlog && served < tailStart[server] -> served++; receive(served) }
#ifdef M_CUTOVER_IN_TWO_TURNS
  :: atomic { reader == backlog && served >= tailStart[server] && served < head[server] ->
      served++;
      receive(served)
    }
  :: atomic { reader == backlog && served >= head[server] -> reader = connecting; served = 99 }
  :: atomic { reader == connecting && served == 99 -> reader = live; served = 0 }
#else
  /* The tail covers the rest: it is sent and the session joins in one synchronous turn. */
  :: atomic { reader == backlog && served >= tailStart[server] ->
      do
      :: served < head[server] -> served++; receive(served)
      :: else -> break
      od;
      /* The client may have heard more elsewhere than this process has. */
      hearOf(server, served);
      served = 0;
      reader = live
    }
#endif
#endif
  /* A change of transport, to this process or the other. */
  :: atomic { changes > 0 && reader != away -> changes--; reader = away; server = 0; served = 0 }
  od
}

/* Nothing can happen any more: everything that was committed has arrived. */
proctype Judge() {
  byte t;
end:
  timeout ->
  do
  :: t < TRANSACTIONS ->
    assert(published[t] == (transaction[t] == committed -> 1 : 0)); /* R5 */
    t++
  :: else -> break
  od;
  assert(reader == live && seen == logHead) /* R1 */
}

init {
  atomic {
    run Transaction(0);
    run Transaction(1);
#if TRANSACTIONS == 3
    run Transaction(2);
#endif
    run Server(0);
    run Server(1);
    run Reader();
    run Judge()
  }
}
