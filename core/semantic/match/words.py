"""The closed vocabulary of questions: each phrase has a letter of the grammar (see grammar.py) and a payload.

Only general English stands here; what belongs to a schema comes from its model.
"""

from __future__ import annotations

from collections.abc import Mapping

Phrase = tuple[str, object]
PHRASES: dict[tuple[str, ...], Phrase] = {}


def _add(letter: str, payload: object, *texts: str) -> None:
    for text in texts:
        PHRASES[tuple(text.replace("-", " ").split())] = (letter, payload)


# C: counting; A: aggregates; U: distinct
_add("C", None, "how many", "number of", "the number of", "total number of", "count of", "total count of", "count",
     "how many total", "total count", "counts", "number", "amount of times", "how often", "numbers of", "no. of", "count the number of",
     "overall number of", "total no. of", "no of", "corresponding number of", "annual numbers of")  # fmt: skip
_add("A", "avg", "average", "mean", "avg", "average of", "mean of", "average value of", "on average", "averages")
_add("A", "sum", "total", "sum", "sum of", "total of", "combined", "overall", "totals", "total sum of", "sum total of",
     "total amount of", "cumulative", "aggregate", "collective", "in total", "altogether", "amount of", "summed")  # fmt: skip
_add("A", "median", "median", "median of")
_add("A", "max", "maximum", "max", "maximum of", "maximal")
_add("A", "min", "minimum", "min", "minimum of", "minimal")
_add("U", None, "distinct", "different", "unique", "separate")
# K: top n; S: superlatives (payload: descending, hint)
_add("K", True, "top", "leading", "top ranked", "top performing", "best performing", "best selling",
     "best-selling", "top-selling", "top selling")  # fmt: skip
_add("K", False, "bottom", "worst performing", "worst-selling", "lowest ranked")
SUPERLATIVES: Mapping[str, tuple[bool, tuple[str, ...]]] = {
    "most": (True, ()), "highest": (True, ("height", "elevation", "altitude")), "largest": (True, ("size", "area", "population", "capacity")),
    "biggest": (True, ("size", "area", "population")), "greatest": (True, ()), "maximum": (True, ()), "max": (True, ()),
    "least": (False, ()), "fewest": (False, ()), "lowest": (False, ("height", "elevation", "altitude")), "smallest": (False, ("size", "area", "population")),
    "minimum": (False, ()), "min": (False, ()), "minimal": (False, ()), "maximal": (True, ()),
    "longest": (True, ("length", "duration")), "shortest": (False, ("length", "duration", "height")),
    "oldest": (True, ("age", "-birth", "-date of birth")), "youngest": (False, ("age", "-birth", "-date of birth")),
    "newest": (True, ("@time",)), "latest": (True, ("@time",)), "most recent": (True, ("@time",)), "most recently": (True, ("@time",)),
    "earliest": (False, ("@time",)), "tallest": (True, ("height", "elevation", "altitude")), "heaviest": (True, ("weight",)),
    "lightest": (False, ("weight",)), "fastest": (True, ("speed",)), "slowest": (False, ("speed",)),
    "most expensive": (True, ("price", "cost", "fee", "rent")), "priciest": (True, ("price", "cost")), "costliest": (True, ("cost", "price")),
    "cheapest": (False, ("price", "cost", "fee", "fare", "rent")), "least expensive": (False, ("price", "cost")), "highest priced": (True, ("price",)),
    "lowest priced": (False, ("price",)), "highest paid": (True, ("salary", "wage", "pay")), "best paid": (True, ("salary", "wage")),
    "lowest paid": (False, ("salary", "wage", "pay")), "highest rated": (True, ("rating", "score", "star")), "best rated": (True, ("rating", "score", "star")),
    "highest-rated": (True, ("rating", "score", "star")), "best-rated": (True, ("rating", "score", "star")), "top-rated": (True, ("rating", "score", "star")),
    "top rated": (True, ("rating", "score", "star")), "lowest rated": (False, ("rating", "score", "star")), "worst rated": (False, ("rating", "score")),
    "lowest-rated": (False, ("rating", "score", "star")), "most populous": (True, ("population",)), "most populated": (True, ("population",)),
    "least populated": (False, ("population",)), "least populous": (False, ("population",)), "deepest": (True, ("depth",)),
    "best": (True, ("rating", "score")), "worst": (False, ("rating", "score")),
    "most cited": (True, ("number cited", "citation number", "citation")), "longest serving": (False, ("hire date",)),
    "most senior": (False, ("hire date",)), "poorest": (False, ("income",)), "richest": (True, ("income", "net worth")),
    "hottest": (True, ("temperature",)), "coldest": (False, ("temperature",)), "most popular": (True, ("popularity",)),
}  # fmt: skip
for _text, _payload in SUPERLATIVES.items():
    _add("S", _payload, _text)
# c: comparisons
_add("c", "gt", "more than", "greater than", "over", "above", "exceeding", "exceeds", "exceed", "higher than", "larger than",
     "bigger than", "longer than", "older than", "heavier than", "taller than", ">", "in excess of", "greater", "better than",
     "costing more than", "bigger", "strictly more than", "faster than", "that exceeds", "more expensive than", "upwards of")  # fmt: skip
_add("c", "ge", "at least", "no less than", "not less than", "no fewer than", ">=", "minimum of", "greater than or equal to",
     "more than or equal to", "not fewer than", "a minimum of")  # fmt: skip
_add("c", "lt", "less than", "fewer than", "below", "under", "lower than", "smaller than", "shorter than", "cheaper than",
     "<", "younger than", "lighter than", "slower than", "not more than or equal to", "beneath")  # fmt: skip
_add("c", "le", "at most", "no more than", "not more than", "up to", "<=", "less than or equal to", "not exceeding", "maximum of", "a maximum of", "not over")
_add("c", "eq", "exactly", "equal to", "equals", "=", "precisely", "equal", "exactly equal to")
_add("c", "ne", "not equal to", "!=", "<>", "other than exactly")
_add("p", "ge", "or more", "or higher", "or above", "or over", "or greater", "or better", "or later", "and above", "and over", "and up")
_add("p", "le", "or less", "or fewer", "or lower", "or below", "or under", "and below", "or earlier")
_add("W", None, "between")
# s: text tests
_add("s", "starts_with", "starts with", "start with", "starting with", "begins with", "begin with", "beginning with", "starts with the letter",
     "start with the letter", "starting with the letter", "begins with the letter", "begin with the letter", "beginning with the letter")  # fmt: skip
_add("s", "ends_with", "ends with", "end with", "ending with", "ends in", "ending in")
_add("s", "contains", "contains", "contain", "containing", "includes the word", "contains the word", "containing the word", "include the word",
     "with the word", "includes the text", "contain the word")  # fmt: skip
# B: grouping
_add("B", None, "by", "per", "for each", "for every", "in each", "in every", "of each", "of every", "each", "every", "across", "grouped by",
     "group by", "broken down by", "split by", "by each", "within each", "at each", "on each", "from each", "to each", "for each of", "within every",
     "across all", "across different", "by different", "across each", "for all", "per each", "breakdown by", "broken out by", "for different",
     "split up by", "in each of", "vary by", "vary across", "differ by", "varies by", "among", "under each", "with each", "received by each",
     "segmented by", "aggregated by", "from every", "for each different", "in terms of", "based on", "according to", "depending on", "corresponding to each", "vary across different")  # fmt: skip
# n: negation
_add("n", None, "not", "no", "without", "never", "excluding", "except", "except for", "other than", "do not", "does not", "did not", "are not",
     "is not", "don't", "doesn't", "didn't", "aren't", "isn't", "not in", "without any", "have no", "has no", "had no", "have not", "has not",
     "have never", "has never", "had never", "were not", "was not", "wasn't", "weren't", "haven't", "hasn't", "do not have", "does not have", "don't have", "doesn't have",
     "do not have any", "does not have any", "don't have any", "doesn't have any", "that are not", "but not", "non", "excluding those",
     "with no", "lack", "lacking", "lacks", "have not been", "has not been", "apart from", "not any", "not part of any", "not part of", "did not have", "didn't have", "did not have any", "were never", "was never", "not have", "not have any", "who never", "not yet", "have yet to", "not from", "not located in", "who are not")  # fmt: skip
# Z: missing values
_add("Z", True, "is null", "is missing", "are missing", "missing", "is unknown", "unknown", "is empty", "null", "are null", "is not known", "empty", "not specified", "not recorded", "is not set", "blank")
_add("Z", False, "is not null", "are not null", "is known", "not null", "is not missing", "non-null", "is not empty")
# L: list cues
_add("L", "what", "what", "which", "what is", "what are", "what were", "what was", "who", "whose", "who are", "who is", "what's", "which are", "who were", "who was", "which is", "which of", "in which", "from which", "at which", "for which", "what kind of", "what kinds of", "to which", "on which", "whom", "with which", "who's")
_add("L", "where", "where is", "where are", "where was")
_add("L", "when", "when", "when was", "when did", "when were", "when is")
_add("L", "list", "list", "show", "show me", "give", "give me", "find", "display", "return", "tell me", "get", "provide", "fetch", "retrieve",
     "list out", "list all", "list the", "enumerate", "please list", "can you show", "i want to see", "i want", "i need", "let me see", "provide a list of",
     "please provide", "please show", "please give", "a list of", "list of", "show a list of", "give a list of", "get me", "find out", "identify",
     "report", "output", "tell", "state", "calculate", "compute", "determine", "select", "see", "show us", "give us", "could you show", "can you list", "can you give", "look up", "print", "view", "count up")  # fmt: skip
# O, D: sorting
_add("O", None, "sorted by", "ordered by", "order by", "sort by", "ranked by", "order the results by", "sort the results by", "in order of",
     "arranged by", "sort the result by", "order results by", "order the result by", "sorted in order of", "ranked in order of", "sort them by",
     "order them by", "sort results by", "ordered in terms of", "rank by", "arrange by", "listed by", "order it by", "sort it by", "sorted according to")  # fmt: skip
_add("D", "desc", "descending", "desc", "in descending order", "in descending order of", "from highest to lowest", "from largest to smallest",
     "highest to lowest", "from most to least", "largest to smallest", "highest first", "largest first", "from high to low", "from longest to shortest",
     "from newest to oldest", "newest first", "latest first", "most first", "decreasing", "in decreasing order", "from best to worst", "descending order",
     "sorted in descending order", "ordered in descending order", "in desc order", "sort in descending order", "starting with the highest",
     "from the highest to the lowest", "sorted descending", "sorted from highest to lowest", "ordered from highest to lowest", "most recent first", "from most recent to oldest",
     "ordered from largest to smallest", "ordered from longest to shortest", "in reverse order", "from latest to earliest", "from most expensive to cheapest", "biggest first", "from biggest to smallest", "ordered by descending", "by descending", "in descending order by", "from highest to lowest altitude", "from greatest to least", "from oldest to youngest", "oldest first@desc")  # fmt: skip
_add("D", "asc", "ascending", "asc", "in ascending order", "in ascending order of", "from lowest to highest", "from smallest to largest", "lowest to highest",
     "smallest to largest", "lowest first", "smallest first", "from low to high", "from shortest to longest", "from oldest to newest", "increasing",
     "in increasing order", "from least to most", "ascending order", "sorted in ascending order", "ordered in ascending order", "earliest first",
     "sort in ascending order", "sorted ascending", "from worst to best", "ordered from lowest to highest", "sorted from lowest to highest", "ordered from smallest to largest", "chronologically", "in chronological order", "from earliest to latest", "from cheapest to most expensive", "cheapest first", "ordered from shortest to longest", "by ascending", "in ascending order by", "from youngest to oldest")  # fmt: skip
_add("D", "alpha", "alphabetically", "in alphabetical order", "in alphabetic order", "alphabetical order", "ordered alphabetically", "sorted alphabetically", "from a to z", "in alphabetical order by", "alphabetically by", "in alphabetical order of")
# R, P: ratio and share
_add("R", None, "ratio of", "ratio", "the ratio of", "ratio between")
_add("P", None, "percentage of", "percent of", "proportion of", "share of", "fraction of", "what percentage of", "what percent of", "what share of",
     "what proportion of", "what fraction of", "percentage", "proportion", "share", "percent", "%", "% of")  # fmt: skip
_add("q", None, "out of", "out of all", "out of the total", "relative to", "compared to", "versus", "vs", "divided by")
# connectives
_add("o", None, "of", "of all", "of the", "of all the", "out of all the")
_add("|", None, ".", "?", "!")
_add("i", None, "in", "for", "from", "at", "on", "to", "into", "within", "through", "during", "via", "inside", "over the", "in the", "of type", "under the", "as", "about", "regarding", "against")
_add("w", None, "with", "have", "has", "had", "having", "with a", "with an", "that have", "who have", "which have", "where the", "that has", "who has", "which has", "that had", "who had", "including", "includes", "include", "offers", "offer")
_add("a", None, "and", ",", "as well as", "along with", "together with", "&", "and also", "plus", ";", "and the", "and their", "and its", "also", "and then", "with their", "and how many@", "and his", "and her")
_add("r", None, "or", "either", "or in", "and/or")
_add("b", None, "is", "are", "was", "were", "be", "been", "being", "am", "equals to")
_add("h", None, "that", "where", "whose", "that are", "who are", "that is", "which", "that were", "who were", "that was", "who was", "when", "while", "such that", "if")
_add("d", None, "named", "called", "titled", "entitled", "with the name", "with name", "with the title", "known as", "with title", "under the name", "by the name of", "of name", "name is")
_add("t", "both", "both")

FILLERS = frozenset(
    ["the", "a", "an", "all", "any", "some", "there", "their", "its", "his", "her", "our", "my", "your", "this", "these", "those", "it", "they", "them", "he", "she", "we", "i", "me", "you", "please", "can", "could", "would", "do", "does", "did", "done", "will", "shall", "should", "just", "only", "so", "then", "than", "actually", "currently", "now", "overall", "me", "us", "data", "database", "dataset", "table", "records", "record", "entry", "entries", "system", "information", "info", "details", "existing", "available", "given", "respective", "respectively", "corresponding", "associated", "related", "particular", "specific", "certain", "various", "exist", "exists", "existed", "found", "listed", "appear", "appears", "located", "situated", "based", "belonging", "belong", "belongs", "made", "make", "makes", "placed", "place", "places", "recorded", "record", "recorded", "done", "performed", "occurred", "occur", "occurs", "happened", "happen", "took", "take", "taken", "written", "write", "wrote", "published", "publish", "presented", "held", "hold", "issued", "live", "lives", "living", "lived", "reside", "resides", "come", "comes", "coming", "work", "works", "working", "worked", "associated", "linked", "connected", "relating", "related", "registered", "serve", "serves", "serving", "served", "offered", "offering", "provided", "used", "use", "uses", "using", "has'nt", "value", "values", "result", "results", "answer", "following", "kind", "kinds", "each's", "ever", "own", "owns", "owned", "whole", "entire", "everything", "year's", "month's", "so", "far", "to-date", "in-total", "per-se", "hello", "hi", "hey", "thanks", "thank", "want", "wants", "like", "know", "look", "many", "much", "out", "up", "being", "get", "gets", "getting", "got", "total-of", "name-of", "were've", "i'd", "i'm", "we've", "let", "lets", "flow", "flows", "run", "runs", "running", "contribute", "contributed", "contributes", "generate", "generated", "generates", "received", "receive", "receives", "earned", "both", "same-as", "visited", "visit", "posted", "post", "submitted", "submit", "taught", "teach", "teaches", "teaching", "study", "studies", "studying", "studied", "attend", "attends", "attended", "created", "create", "bought", "buy", "buys", "purchased", "purchase", "ordered", "written-by", "go", "goes", "went", "there's", "people's"]
)
"""Words that change no set of rows when they stand between what is asked about. A schema's own names come first."""

STOP_VALUES = frozenset(["a", "an", "the", "of", "in", "on", "at", "to", "by", "for", "with", "and", "or", "is", "are", "no", "yes", "not", "all", "any", "as", "it", "be", "do", "from", "true", "false", "y", "n", "other", "none"])
UNITS = frozenset(
    ["km", "kilometer", "kilometers", "kilometre", "kilometres", "mile", "miles", "meter", "meters", "metre", "metres", "m", "cm", "feet", "foot", "ft", "inch", "inches", "kg", "kilogram", "kilograms", "gram", "grams", "lb", "lbs", "pound", "pounds", "dollar", "dollars", "usd", "eur", "euro", "euros", "gbp", "cents", "percent", "%", "mph", "kmh", "hour", "hours", "minute", "minutes", "second", "seconds", "sq", "square", "units", "unit", "points", "point", "times", "people", "persons", "inhabitants", "residents", "stars", "star", "years", "old", "degrees", "bucks", "pieces"]
)
GRAINS: Mapping[str, str] = {
    "day": "day", "daily": "day", "date": "day", "week": "week", "weekly": "week", "month": "month", "monthly": "month",
    "quarter": "quarter", "quarterly": "quarter", "year": "year", "yearly": "year", "annual": "year", "annually": "year",
}  # fmt: skip
MAX_PHRASE = max(len(phrase) for phrase in PHRASES)
