#!/bin/sh
# A walk through the API: two readers want the same book. Run it on a running system, as often as you like:
#   sh docs/walk.sh              (API=http://… for one that is elsewhere, API_TOKEN=… of staff where it wants one)
set -eu
API=${API:-http://127.0.0.1:3000}
BOOK=${BOOK:-moby-dick-$(date +%s)}
COPY=$BOOK-1

say() { printf '\n# %s\n' "$*" >&2; }
# Sends a request, shows it, and prints the answer. A refusal (409) is an answer too.
ask() {
  method=$1 path=$2
  shift 2
  printf '%s %s%s\n' "$method" "$API" "$path" >&2
  curl -sS -X "$method" "$API$path" ${API_TOKEN:+-H "authorization: Bearer $API_TOKEN"} "$@"
  echo
}
# The field of a JSON answer.
field() { node -pe 'JSON.parse(require("fs").readFileSync(0, "utf8"))[process.argv[1]]' "$1"; }
json='content-type: application/json'
wait='Prefer: wait=10'

say 'Somebody follows what becomes of this book, from now on'
live=$(mktemp)
curl -sN "$API/v1/events?bookId=$BOOK" ${API_TOKEN:+-H "authorization: Bearer $API_TOKEN"} > "$live" &
follower=$!
trap 'kill $follower 2> /dev/null || true; rm -f "$live"' EXIT

say 'Staff put a book with one copy on the shelf. "Prefer: wait" asks for what comes of it instead of a receipt'
ask PUT "/v1/books/$BOOK" -H "$json" -d '{"title":"Moby-Dick","authors":["Herman Melville"],"year":1851}'
ask PUT "/v1/books/$BOOK/copies/$COPY" -H "$wait"

say 'Ishmael reserves it. He gets a receipt at once: it is recorded, at this position of the stream'
receipt=$(ask POST "/v1/books/$BOOK/reservations" -H "$json" -H "Idempotency-Key: ishmael-$BOOK" -d '{"userId":"ishmael"}')
printf "%s\n" "$receipt"
position=$(printf "%s" "$receipt" | field position)

say 'Sent again with the same key, it is the same reservation'
ask POST "/v1/books/$BOOK/reservations" -H "$json" -H "Idempotency-Key: ishmael-$BOOK" -d '{"userId":"ishmael"}'

say 'He reads his own write: the answer waits for the view to hold that position'
ask GET "/v1/books/$BOOK?after=$position"

say 'Queequeg waits for the outcome. There is one copy, so it is a place in the queue'
second=$(ask POST "/v1/books/$BOOK/reservations" -H "$json" -H "$wait" -d '{"userId":"queequeg"}')
printf "%s\n" "$second"
queequeg=$(printf "%s" "$second" | field reservationId)
ask GET "/v1/books/$BOOK/reservations"

say 'Only the reader for whom the copy is set aside can borrow it. A refused event is a 409 with its code'
ask POST "/v1/books/$BOOK/copies/$COPY/loans" -H "$json" -H "$wait" -d '{"userId":"queequeg"}'
ask POST "/v1/books/$BOOK/copies/$COPY/loans" -H "$json" -H "$wait" -d '{"userId":"ishmael"}'

say 'Queequeg goes away: a suspended reservation keeps its place, and is passed over until it is resumed'
ask POST "/v1/books/$BOOK/reservations/$queequeg/suspension" -H "$wait"
ask DELETE "/v1/books/$BOOK/reservations/$queequeg/suspension" -H "$wait"

say 'The copy comes back, and goes to the hold shelf for Queequeg'
ask POST "/v1/books/$BOOK/copies/$COPY/returns" -H "$wait"
ask GET "/v1/books/$BOOK/reservations/$queequeg"

say 'How long would a reservation made now wait, and what do readers want most?'
ask GET "/v1/books/$BOOK/forecast"
ask GET '/v1/demand?limit=3'

say 'All that happened, refusals included'
ask GET "/v1/books/$BOOK/history"

say 'What the follower was told meanwhile (Last-Event-ID resumes it)'
tries=0
until [ "$(grep -c '^event: ReservationReady' "$live")" -ge 2 ] || [ $tries -ge 50 ]; do
  tries=$((tries + 1))
  sleep 0.2
done
cat "$live"
