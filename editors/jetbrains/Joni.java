// Repeats the searches of a grammar's patterns by Joni, the engine of JetBrains editors' TextMate
// bundles, and says where it finds anything else. Reads from standard input, lines of words:
//
//   pattern ID BASE64…          a scanner with its patterns
//   text ID BASE64              a line of a policy
//   search SCANNER TEXT FROM INDEX START:END…
//
// Offsets count in UTF-16 units; the index is that of the pattern that is found first, or -1. A group
// that captured nothing, or an empty text, is `-`.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jcodings.specific.UTF8Encoding;
import org.joni.Matcher;
import org.joni.Option;
import org.joni.Regex;
import org.joni.Region;

class Joni {
  private static final Map<String, List<Regex>> SCANNERS = new HashMap<>();
  private static final Map<String, String> TEXTS = new HashMap<>();

  public static void main(String[] arguments) throws Exception {
    int searches = 0;
    int wrong = 0;
    BufferedReader input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = input.readLine(); line != null; line = input.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "pattern" -> SCANNERS.put(words[1], Stream.of(words).skip(2).map(Joni::regex).toList());
        case "text" -> TEXTS.put(words[1], words.length > 2 ? decoded(words[2]) : "");
        case "search" -> {
          searches++;
          String text = TEXTS.get(words[2]);
          String found = search(SCANNERS.get(words[1]), text, Integer.parseInt(words[3]));
          String expected = String.join(" ", List.of(words).subList(4, words.length));
          if (!found.equals(expected) && ++wrong <= 20) {
            System.out.printf("%s from %s: `%s`, not `%s`%n", text.strip(), words[3], found, expected);
          }
        }
        default -> throw new IllegalArgumentException(line);
      }
    }
    System.out.printf("%d searches, %d differ%n", searches, wrong);
    System.exit(wrong == 0 && searches > 0 ? 0 : 1);
  }

  private static String decoded(String word) {
    return new String(Base64.getDecoder().decode(word), StandardCharsets.UTF_8);
  }

  private static Regex regex(String word) {
    byte[] bytes = decoded(word).getBytes(StandardCharsets.UTF_8);
    return new Regex(bytes, 0, bytes.length, Option.CAPTURE_GROUP, UTF8Encoding.INSTANCE);
  }

  /** The pattern that is found first and what it captures, the first of those that begin alike. */
  private static String search(List<Regex> patterns, String text, int from) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int start = text.substring(0, from).getBytes(StandardCharsets.UTF_8).length;
    int best = -1;
    Region found = null;
    for (int i = 0; i < patterns.size(); i++) {
      Matcher matcher = patterns.get(i).matcher(bytes);
      int at = matcher.search(start, bytes.length, Option.CAPTURE_GROUP);
      if (at >= 0 && (found == null || at < found.beg[0])) {
        best = i;
        found = matcher.getEagerRegion();
      }
    }
    List<String> words = new ArrayList<>();
    words.add(Integer.toString(best));
    for (int i = 0; found != null && i < found.numRegs; i++) {
      boolean empty = i > 0 && found.beg[i] == found.end[i];
      words.add(empty ? "-" : units(bytes, found.beg[i]) + ":" + units(bytes, found.end[i]));
    }
    return String.join(" ", words);
  }

  private static int units(byte[] bytes, int offset) {
    return new String(bytes, 0, offset, StandardCharsets.UTF_8).length();
  }
}
