"""Prints the events of a topic, one JSON object a line: all there are when it starts.

    python read.py [library.reservations | library.outcomes]

KAFKA_BROKERS and SCHEMA_REGISTRY_URL name other servers than the local ones.
"""

import json
import os
import signal
import sys
from datetime import datetime

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

BROKERS = os.environ.get("KAFKA_BROKERS", "127.0.0.1:19092")
REGISTRY = os.environ.get("SCHEMA_REGISTRY_URL", "http://127.0.0.1:18081/apis/ccompat/v7")


def records(topic):
    """Every record from the beginning of the topic to what is its end now; a book's records in their order."""
    consumer = Consumer(
        {
            "bootstrap.servers": BROKERS,
            # A name of your own. Nothing is committed under it: partitions are assigned by hand.
            "group.id": "example-reader",
            "enable.auto.commit": False,
        }
    )
    try:
        metadata = consumer.list_topics(topic, timeout=10).topics[topic]
        if metadata.error is not None:
            sys.exit(f"The topic {topic} cannot be read: {metadata.error}.")
        ends = {
            partition: consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1]
            for partition in metadata.partitions
        }
        unread = {partition for partition, end in ends.items() if end > 0}
        consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in unread])
        while unread:
            record = consumer.poll(timeout=1)
            if record is None:
                continue
            if record.error():
                sys.exit(f"The topic {topic} cannot be read: {record.error()}.")
            if record.offset() >= ends[record.partition()] - 1:
                unread.discard(record.partition())
            if record.offset() < ends[record.partition()]:
                yield record
    finally:
        consumer.close()


def as_text(value):
    """Times come as datetime, IDs of events and reservations as UUID; JSON has neither."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def main():
    topic = sys.argv[1] if len(sys.argv) > 1 else "library.reservations"
    # The schema that an event was written with is fetched by the ID in its value, once for each.
    decode = AvroDeserializer(SchemaRegistryClient({"url": REGISTRY}))
    for record in records(topic):
        headers = {name: value.decode() for name, value in record.headers() or []}
        event = decode(record.value(), SerializationContext(topic, MessageField.VALUE))
        line = {
            "position": f"{record.partition()}:{record.offset()}",
            "key": record.key().decode(),
            "headers": headers,
            "event": event,
        }
        print(json.dumps(line, default=as_text, ensure_ascii=False))


if __name__ == "__main__":
    # Ends quietly when whoever reads along has seen enough: python read.py | head
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    main()
