"""Appends records whose batches are compressed: compressed.py BROKERS TOPIC CODEC COUNT. Their values are `CODEC 0`, `CODEC 1`, …"""

import sys

from confluent_kafka import Producer

brokers, topic, codec, count = sys.argv[1:]
producer = Producer({"bootstrap.servers": brokers, "compression.type": codec, "linger.ms": 200})
for i in range(int(count)):
    producer.produce(topic, partition=0, key=f"{codec} {i}", value=f"{codec} {i}", headers={"codec": codec})
producer.flush()
