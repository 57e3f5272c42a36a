"""Keeps every outcome exactly once in a SQLite file, whenever it is killed: python consumer.py outcomes.sqlite"""

import os, sqlite3, sys
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

TOPIC = os.environ.get("TOPIC", "library.outcomes")
BROKERS = os.environ.get("KAFKA_BROKERS", "127.0.0.1:19092")
REGISTRY = os.environ.get("SCHEMA_REGISTRY_URL", "http://127.0.0.1:18081/apis/ccompat/v7")

db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("CREATE TABLE IF NOT EXISTS outcomes (event_id TEXT PRIMARY KEY, type TEXT, book_id TEXT, user_id TEXT)")
db.execute("CREATE TABLE IF NOT EXISTS progress (partition_id INTEGER PRIMARY KEY, next_offset INTEGER)")

# Partitions are assigned by hand, from the positions that the file holds: Kafka's own offsets are not used.
consumer = Consumer({"bootstrap.servers": BROKERS, "group.id": "outcomes-in-sqlite", "enable.auto.commit": False})
next_offset = dict(db.execute("SELECT partition_id, next_offset FROM progress"))
partitions = consumer.list_topics(TOPIC, timeout=10).topics[TOPIC].partitions
consumer.assign([TopicPartition(TOPIC, partition, next_offset.get(partition, 0)) for partition in partitions])
decode = AvroDeserializer(SchemaRegistryClient({"url": REGISTRY}))

while True:
    record = consumer.poll(1)
    if record is None:
        continue
    if record.error():
        sys.exit(f"The topic {TOPIC} cannot be read: {record.error()}.")
    event = decode(record.value(), SerializationContext(TOPIC, MessageField.VALUE))
    row = (event["eventId"], dict(record.headers())["ce_type"].decode(), event["bookId"], event["userId"])
    # One transaction holds the row and the position after it. An outcome that comes twice has the same ID.
    db.execute("BEGIN")
    db.execute("INSERT OR IGNORE INTO outcomes VALUES (?, ?, ?, ?)", [str(value) for value in row])
    db.execute("INSERT OR REPLACE INTO progress VALUES (?, ?)", (record.partition(), record.offset() + 1))
    db.execute("COMMIT")
    print(f"{record.partition()}:{record.offset()} {row[1]} {row[2]}", flush=True)
