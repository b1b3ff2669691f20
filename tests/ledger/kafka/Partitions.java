// Writes partitions.csv anew from its own keys, with the functions of Kafka's Java client:
//
//     java -cp 'kafka-clients-4.3.0.jar:slf4j-api-1.7.36.jar' Partitions.java partitions.csv

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.apache.kafka.clients.producer.internals.BuiltInPartitioner;
import org.apache.kafka.common.utils.Utils;

public class Partitions {
    public static void main(String[] args) throws Exception {
        int[] counts = {1, 2, 3, 6, 12, 48, 1000};
        var lines = Files.readAllLines(Path.of(args[0]));
        System.out.println(lines.get(0));
        for (String line : lines.subList(1, lines.size())) {
            String hex = line.substring(0, line.indexOf(','));
            byte[] key = HexFormat.of().parseHex(hex);
            var row = new StringBuilder(hex).append(',').append(Utils.murmur2(key));
            for (int count : counts) {
                row.append(',').append(BuiltInPartitioner.partitionForKey(key, count));
            }
            System.out.println(row);
        }
    }
}
