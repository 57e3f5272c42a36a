import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Utils;

/**
 * Prints what Kafka's own Java client makes of some keys: murmur2-vectors.json, to which murmur2.test.ts holds ours.
 *
 * mvn dependency:get -Dartifact=org.apache.kafka:kafka-clients:4.3.1
 * CP=$(find ~/.m2 -name kafka-clients-4.3.1.jar):$(find ~/.m2 -name 'slf4j-api-1.7.*.jar' | head -1)
 * java -cp "$CP" Murmur2Vectors.java > murmur2-vectors.json
 */
public class Murmur2Vectors {
  public static void main(String[] args) {
    List<String> keys = new ArrayList<>(List.of(
        "", "l", "li", "lib", "libr", "libra", "librar", "library", "library ", "978-0-14-044913-6", "9780140449136",
        "0198b1f0-6d1c-7cc3-98c4-dc0c0c07398f", "c27d8bd2-9a5a-5c0e-8f54-3d7f9f1ad21b",
        "\u00e9", "Gr\u00f6\u00dfe", "\u0421\u043e\u0444\u0438\u044f", "\u7d05\u6a13\u5922",
        "\ud83d\udcda", "\ud83d\udcdax", "\ud83d\udcdaxy", "\ud83d\udcdaxyz",
        "\u0000", "\u0000\u0000\u0000\u0000", "\u007f\u0080\u00ff", "shelf ".repeat(50)));
    for (int i = 1; i <= 8; i++) keys.add("book-" + "0".repeat(i) + i);
    System.out.println("[");
    for (int i = 0; i < keys.size(); i++) {
      byte[] bytes = keys.get(i).getBytes(StandardCharsets.UTF_8);
      System.out.printf("  { \"key\": \"%s\", \"murmur2\": %d, \"partitionOf12\": %d }%s%n", escaped(keys.get(i)),
          Utils.murmur2(bytes), BuiltInPartitioner.partitionForKey(bytes, 12), i + 1 < keys.size() ? "," : "");
    }
    System.out.println("]");
  }

  private static String escaped(String text) {
    StringBuilder json = new StringBuilder();
    for (char c : text.toCharArray()) json.append(c < 0x20 || c > 0x7e ? String.format("\\u%04x", (int) c) : c);
    return json.toString();
  }
}
