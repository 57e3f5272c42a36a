// Keeps every outcome exactly once in a SQLite file, whenever it is killed: java -cp 'jars/*' Consumer.java outcomes.sqlite
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.URI;
import java.nio.ByteBuffer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public class Consumer {
  static final String TOPIC = setting("TOPIC", "library.outcomes");
  static final String REGISTRY = setting("SCHEMA_REGISTRY_URL", "http://127.0.0.1:18081/apis/ccompat/v7");
  static final Map<Integer, Schema> SCHEMAS = new HashMap<>();

  static String setting(String name, String otherwise) {
    return System.getenv().getOrDefault(name, otherwise);
  }

  /** The value begins with a zero and the ID of its schema, which the registry has. */
  static GenericRecord decode(byte[] value) throws Exception {
    int id = ByteBuffer.wrap(value).getInt(1);
    if (!SCHEMAS.containsKey(id)) {
      try (var answer = URI.create(REGISTRY + "/schemas/ids/" + id).toURL().openStream()) {
        SCHEMAS.put(id, new Schema.Parser().parse(new ObjectMapper().readTree(answer).get("schema").asText()));
      }
    }
    var bytes = DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null);
    return new GenericDatumReader<GenericRecord>(SCHEMAS.get(id)).read(null, bytes);
  }

  static void run(Connection db, String sql, Object... values) throws Exception {
    try (var statement = db.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) statement.setObject(i + 1, values[i]);
      statement.execute();
    }
  }

  public static void main(String[] args) throws Exception {
    var db = DriverManager.getConnection("jdbc:sqlite:" + args[0]);
    run(db, "CREATE TABLE IF NOT EXISTS outcomes (event_id TEXT PRIMARY KEY, type TEXT, book_id TEXT, user_id TEXT)");
    run(db, "CREATE TABLE IF NOT EXISTS progress (partition_id INTEGER PRIMARY KEY, next_offset INTEGER)");
    Map<String, Object> settings = Map.of("bootstrap.servers", setting("KAFKA_BROKERS", "127.0.0.1:19092"));
    var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());

    // Partitions are assigned by hand, from the positions that the file holds: Kafka's own offsets are not used.
    var partitions = consumer.partitionsFor(TOPIC).stream().map(info -> new TopicPartition(TOPIC, info.partition())).toList();
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    try (var progress = db.prepareStatement("SELECT partition_id, next_offset FROM progress").executeQuery()) {
      while (progress.next()) consumer.seek(new TopicPartition(TOPIC, progress.getInt(1)), progress.getLong(2));
    }
    db.setAutoCommit(false);
    while (true) {
      for (var record : consumer.poll(Duration.ofSeconds(1))) {
        var event = decode(record.value());
        var type = new String(record.headers().lastHeader("ce_type").value());
        var book = event.get("bookId").toString();
        // One transaction holds the row and the position after it. An outcome that comes twice has the same ID.
        run(db, "INSERT OR IGNORE INTO outcomes VALUES (?, ?, ?, ?)",
            event.get("eventId").toString(), type, book, event.get("userId").toString());
        run(db, "INSERT OR REPLACE INTO progress VALUES (?, ?)", record.partition(), record.offset() + 1);
        db.commit();
        System.out.println(record.partition() + ":" + record.offset() + " " + type + " " + book);
      }
    }
  }
}
