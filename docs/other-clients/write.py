"""Reserves books for a user by appending BookReserved events; prints one position a line, in the order of the books.

    python write.py USER BOOK [BOOK …]

KAFKA_BROKERS and SCHEMA_REGISTRY_URL name other servers than the local ones, TOPIC another topic.
"""

import os
import sys
import uuid
from datetime import datetime, timezone

from confluent_kafka import Producer
from confluent_kafka.schema_registry import SchemaRegistryClient, topic_record_subject_name_strategy
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

BROKERS = os.environ.get("KAFKA_BROKERS", "127.0.0.1:19092")
REGISTRY = os.environ.get("SCHEMA_REGISTRY_URL", "http://127.0.0.1:18081/apis/ccompat/v7")
TOPIC = os.environ.get("TOPIC", "library.reservations")


def serializer():
    """Encodes with the newest BookReserved that is registered for the topic; never registers one itself."""
    registry = SchemaRegistryClient({"url": REGISTRY})
    newest = registry.get_latest_version(f"{TOPIC}-library.BookReserved")
    return AvroSerializer(
        registry,
        newest.schema,
        conf={
            "subject.name.strategy": topic_record_subject_name_strategy,
            "auto.register.schemas": False,
            "use.latest.version": True,
        },
    )


def main():
    user, books = sys.argv[1], sys.argv[2:]
    producer = Producer(
        {
            "bootstrap.servers": BROKERS,
            "acks": "all",
            "enable.idempotence": True,
            # librdkafka's default would put a book's events into another partition than everybody else does.
            "partitioner": "murmur2_random",
        }
    )
    encode = serializer()
    appended = {}

    def acknowledged(book):
        def keep(error, record):
            if error is not None:
                sys.exit(f"{book} was not reserved: {error}.")
            appended[book] = f"{record.partition()}:{record.offset()}"

        return keep

    for book in books:
        event = {
            "eventId": str(uuid.uuid4()),
            "occurredAt": datetime.now(timezone.utc),
            "bookId": book,
            "reservationId": str(uuid.uuid4()),
            "userId": user,
        }
        headers = {
            "ce_specversion": "1.0",
            "ce_id": event["eventId"],
            "ce_type": "library.BookReserved",
            "ce_source": "/example/write.py",
            "ce_time": event["occurredAt"].isoformat(),
            "ce_subject": book,
            "content-type": "application/avro",
        }
        value = encode(event, SerializationContext(TOPIC, MessageField.VALUE))
        producer.produce(TOPIC, key=book, value=value, headers=headers, on_delivery=acknowledged(book))
    producer.flush()
    for book in books:
        print(appended[book])


if __name__ == "__main__":
    main()
