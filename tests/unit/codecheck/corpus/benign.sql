-- Statements of real work, with the role that sends each and the verdict: a header, then the statement.

--@ select customer_id sum amount filter where status x as s fro | data_analyst | allow
SELECT customer_id, sum(amount) FILTER (WHERE status='x') AS s FROM orders GROUP BY ALL HAVING sum(amount)>1 ORDER BY s DESC NULLS LAST LIMIT 10

--@ select date_trunc month order_date m count distinct customer | data_analyst | allow
SELECT date_trunc('MONTH', order_date) m, count(DISTINCT customer_id) FROM main.demo.orders WHERE order_date >= add_months(current_date(), -12) GROUP BY 1 ORDER BY 1

--@ select row_number over partition by a order by b desc rows b | data_analyst | allow
SELECT *, row_number() OVER (PARTITION BY a ORDER BY b DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) FROM t

--@ select lag x 1 0 over w lead x ignore nulls over w first_val | data_analyst | allow
SELECT lag(x, 1, 0) OVER w, lead(x) IGNORE NULLS OVER w, first_value(x) OVER w FROM t WINDOW w AS (PARTITION BY a ORDER BY b)

--@ select a b from t qualify rank over order by a 3 | data_analyst | allow
SELECT a, b FROM t QUALIFY rank() OVER (ORDER BY a) <= 3

--@ select from select region month sales from t pivot sum sales | data_analyst | allow
SELECT * FROM (SELECT region, month, sales FROM t) PIVOT (SUM(sales) AS s FOR month IN (1 AS jan, 2 AS feb))

--@ select from t unpivot v for k in a b c | data_analyst | allow
SELECT * FROM t UNPIVOT (v FOR k IN (a, b, c))

--@ select payload customer name string payload items 0 price de | data_analyst | allow
SELECT payload:customer.name::string, payload:items[0].price::decimal(10,2) FROM t

--@ select from_json j a int b string a from t | data_analyst | allow
SELECT from_json(j, 'a INT, b STRING').a FROM t

--@ select get_json_object j a b from t | data_analyst | allow
SELECT get_json_object(j, '$.a.b') FROM t

--@ select transform arr x x 1 filter arr x x 1 aggregate arr 0  | data_analyst | allow
SELECT transform(arr, x -> x + 1), filter(arr, x -> x > 1), aggregate(arr, 0, (acc, x) -> acc + x), exists(arr, x -> x = 1) FROM t

--@ select explode arr as e from t | data_analyst | allow
SELECT explode(arr) AS e FROM t

--@ select t id e col from t lateral view explode arr e as col | data_analyst | allow
SELECT t.id, e.col FROM t LATERAL VIEW explode(arr) e AS col

--@ select id pos v from t lateral view outer posexplode arr p a | data_analyst | allow
SELECT id, pos, v FROM t LATERAL VIEW OUTER posexplode(arr) p AS pos, v

--@ select id x v from t lateral explode arr as x v | data_analyst | allow
SELECT id, x.v FROM t, LATERAL explode(arr) AS x(v)

--@ with a as select 1 as x b as select x 1 as y from a select f | data_analyst | allow
WITH a AS (SELECT 1 AS x), b AS (SELECT x+1 AS y FROM a) SELECT * FROM a CROSS JOIN b

--@ with recursive r n as select 1 union all select n 1 from r w | data_analyst | allow
WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM r WHERE n < 10) SELECT * FROM r

--@ select case when a 1 then x else y end coalesce a b nullif a | data_analyst | allow
SELECT CASE WHEN a > 1 THEN 'x' ELSE 'y' END, coalesce(a, b), nullif(a, 0), if(a, b, c), iff(a,b,c), nvl(a,b), ifnull(a,b) FROM t

--@ select try_divide a b a nullif b 0 round a 2 bround a 1 ceil | data_analyst | allow
SELECT try_divide(a, b), a / nullif(b,0), round(a, 2), bround(a,1), ceil(a), floor(a), mod(a, 2), a % 2, abs(a), greatest(a,b), least(a,b) FROM t

--@ select percentile_approx x 0 95 percentile x array 0 5 0 9 m | data_analyst | allow
SELECT percentile_approx(x, 0.95), percentile(x, array(0.5, 0.9)), median(x), percentile_cont(0.5) WITHIN GROUP (ORDER BY x), mode(x), stddev(x), var_samp(x), corr(a,b) FROM t

--@ select datediff day a b datediff a b timestampdiff minute a  | data_analyst | allow
SELECT datediff(day, a, b), datediff(a, b), timestampdiff(MINUTE, a, b), months_between(a,b), date_add(a, 3), date_sub(a, 3), dateadd(DAY, 1, a), last_day(a), next_day(a, 'MON'), weekofyear(a), dayofweek(a), extract(year from a), date_part('year', a), year(a), quarter(a), month(a), date_format(a, 'yyyy-MM'), to_date(s,'yyyy-MM-dd'), to_timestamp(s), unix_timestamp(a), from_unixtime(1), make_date(2020,1,1) FROM t

--@ select a interval 1 day a interval 2 month current_timestamp | data_analyst | allow
SELECT a + INTERVAL 1 DAY, a - INTERVAL '2' MONTH, current_timestamp(), now(), current_date, DATE '2020-01-01', TIMESTAMP '2020-01-01 00:00:00' FROM t

--@ select upper a lower a initcap a trim a ltrim a concat a b c | data_analyst | allow
SELECT upper(a), lower(a), initcap(a), trim(a), ltrim(a), concat(a,b), concat_ws(',', a, b), a || b, substring(a, 1, 2), substr(a,1), left(a,2), right(a,2), split(a, ','), split_part(a, ',', 1), regexp_extract(a, '(\\d+)', 1), regexp_replace(a, 'x', 'y'), a RLIKE 'x', a LIKE '%x%', a ILIKE 'x', length(a), char_length(a), instr(a, 'x'), locate('x', a), replace(a,'x','y'), translate(a,'x','y'), lpad(a, 5, '0'), reverse(a), repeat(a,2), md5(a), sha2(a, 256), hash(a), xxhash64(a), format_number(a, 2), format_string('%s', a), levenshtein(a,b), soundex(a) FROM t

--@ select collect_list a collect_set a array_agg a array_join c | data_analyst | allow
SELECT collect_list(a), collect_set(a), array_agg(a), array_join(collect_set(a), ','), listagg(a, ',') WITHIN GROUP (ORDER BY a), string_agg(a, ','), count_if(a > 1), any_value(a), first(a), last(a), max_by(a, b), min_by(a,b), bool_and(a), every(a), approx_count_distinct(a) FROM t

--@ select map a 1 a named_struct a 1 a struct a b array 1 2 3 0 | data_analyst | allow
SELECT map('a', 1)['a'], named_struct('a', 1).a, struct(a, b), array(1,2,3)[0], element_at(m, 'a'), map_keys(m), map_values(m), size(arr), cardinality(arr), array_contains(arr, 1), array_sort(arr), sort_array(arr, false), slice(arr, 1, 2), flatten(arr), sequence(1, 10), arrays_zip(a,b), array_distinct(a), array_union(a,b), array_max(a) FROM t

--@ select a from t union select b from u except select c from v | data_analyst | allow
SELECT a FROM t UNION SELECT b FROM u EXCEPT SELECT c FROM v INTERSECT SELECT d FROM w

--@ select a from t where b in select c from u and exists select | data_analyst | allow
SELECT a FROM t WHERE b IN (SELECT c FROM u) AND EXISTS (SELECT 1 FROM v WHERE v.x = t.x) AND a NOT IN (1,2) AND a BETWEEN 1 AND 2 AND b IS NOT NULL AND c IS DISTINCT FROM d AND a <=> b

--@ select a from t left join u on t x u x full outer join v usi | data_analyst | allow
SELECT a FROM t LEFT JOIN u ON t.x = u.x FULL OUTER JOIN v USING (y) LEFT ANTI JOIN w ON w.z = t.z LEFT SEMI JOIN x1 ON x1.z = t.z

--@ select a sum b from t group by rollup a cube c grouping sets | data_analyst | allow
SELECT a, sum(b) FROM t GROUP BY ROLLUP (a), CUBE (c), GROUPING SETS ((a), (b)), d

--@ select grouping a grouping_id a b a from t group by a b with | data_analyst | allow
SELECT grouping(a), grouping_id(a,b), a FROM t GROUP BY a, b WITH ROLLUP

--@ select except a b from t | data_analyst | allow
SELECT * EXCEPT (a, b) FROM t

--@ select t from t tablesample 5 percent repeatable 1 | data_analyst | allow
SELECT t.* FROM t TABLESAMPLE (5 PERCENT) REPEATABLE (1)

--@ select from t version as of 3 | data_analyst | allow
SELECT * FROM t VERSION AS OF 3

--@ select from t timestamp as of 2024 01 01 | data_analyst | allow
SELECT * FROM t TIMESTAMP AS OF '2024-01-01'

--@ select from values 1 a 2 b as v id name | data_analyst | allow
SELECT * FROM VALUES (1, 'a'), (2, 'b') AS v(id, name)

--@ select cast a as decimal 10 2 a int try_cast a as date cast  | data_analyst | allow
SELECT cast(a AS decimal(10,2)), a::int, try_cast(a AS date), CAST(a AS STRUCT<x: INT, y: ARRAY<STRING>>) FROM t

--@ select broadcast u a from t join u on t x u x | data_analyst | allow
SELECT /*+ BROADCAST(u) */ a FROM t JOIN u ON t.x=u.x

--@ select order id customer name from demo order details | data_analyst | allow
SELECT `Order ID`, `Customer Name` FROM demo.`Order Details`

--@ select width_bucket a 0 10 5 ntile 4 over order by a percent | data_analyst | allow
SELECT width_bucket(a, 0, 10, 5), ntile(4) OVER (ORDER BY a), percent_rank() OVER (ORDER BY a), cume_dist() OVER (ORDER BY a), nth_value(a, 2) OVER (ORDER BY a), dense_rank() OVER (ORDER BY a) FROM t

--@ select sum a over order by d range between interval 7 days p | data_analyst | allow
SELECT sum(a) OVER (ORDER BY d RANGE BETWEEN INTERVAL 7 DAYS PRECEDING AND CURRENT ROW) FROM t

--@ select a from t order by a offset 10 | data_analyst | allow
SELECT a FROM t ORDER BY a OFFSET 10

--@ select stack 2 a a b b as k v from t | data_analyst | allow
SELECT stack(2, 'a', a, 'b', b) AS (k, v) FROM t

--@ select inline arr from t | data_analyst | allow
SELECT inline(arr) FROM t

--@ select from range 1 10 | data_analyst | allow
SELECT * FROM range(1, 10)

--@ select posexplode arr as p v from t | data_analyst | allow
SELECT posexplode(arr) AS (p, v) FROM t

--@ select a select max b from u where u x t x as m from t | data_analyst | allow
SELECT a, (SELECT max(b) FROM u WHERE u.x = t.x) AS m FROM t

--@ select date_diff day a b convert_timezone utc europe berlin  | data_analyst | allow
SELECT date_diff(day, a, b), convert_timezone('UTC', 'Europe/Berlin', ts), from_utc_timestamp(ts, 'UTC'), to_utc_timestamp(ts,'UTC'), date_from_unix_date(1), timestamp_seconds(1), window(ts, '1 hour') FROM t

--@ select any a some a bit_and a hex a unhex a base64 a unbase6 | data_analyst | allow
SELECT any(a), some(a), bit_and(a), hex(a), unhex(a), base64(a), unbase64(a), bin(a), conv(a, 10, 16), log(a), log10(a), ln(a), exp(a), pow(a,2), power(a,2), sqrt(a), sign(a), pi(), e(), rand(), degrees(a), sin(a), atan2(a,b), factorial(3) FROM t

--@ select schema_of_json to_json struct a json_array_length j j | data_analyst | allow
SELECT schema_of_json('{}'), to_json(struct(a)), json_array_length(j), json_object_keys(j), parse_json(j), variant_get(v, '$.a', 'int'), is_variant_null(v) FROM t

--@ select typeof a uuid monotonically_increasing_id current_use | data_analyst | allow
SELECT typeof(a), uuid(), monotonically_increasing_id(), current_user(), isnull(a), isnotnull(a), nvl2(a,b,c), decode(a,1,'x','y'), zeroifnull(a), nullifzero(a), equal_null(a,b), isnan(a) FROM t

--@ select a b c a x arr 0 y from t | data_analyst | allow
SELECT a.b.c, a['x'], arr[0].y FROM t

--@ select regexp_like a x regexp_count a x regexp_extract_all a | data_analyst | allow
SELECT regexp_like(a,'x'), regexp_count(a,'x'), regexp_extract_all(a,'x'), regexp_instr(a,'x'), regexp_substr(a,'x'), startswith(a,'x'), endswith(a,'x'), contains(a,'x'), find_in_set('a','a,b'), ascii(a), char(65), chr(65), overlay(a PLACING 'x' FROM 1), position('x' IN a), btrim(a), rtrim(a), lcase(a), ucase(a), space(3), sentences(a), substring_index(a,'.',1), to_char(1,'9'), to_number('1','9'), url_encode(a), parse_url(a,'HOST'), str_to_map(a) FROM t

--@ select skewness a kurtosis a covar_pop a b regr_slope a b re | data_analyst | allow
SELECT skewness(a), kurtosis(a), covar_pop(a,b), regr_slope(a,b), regr_r2(a,b), histogram_numeric(a, 5), sum(DISTINCT a), mean(a), std(a), stddev_pop(a), variance(a), try_sum(a), try_avg(a), try_add(a,b), try_subtract(a,b), try_multiply(a,b), count(*), approx_percentile(a,0.5), approx_top_k(a) FROM t

--@ from t select a where b 1 | data_analyst | allow
FROM t SELECT a WHERE b > 1

--@ select a from t sort by a | data_analyst | allow
SELECT a FROM t SORT BY a

--@ select a from t distribute by a | data_analyst | allow
SELECT a FROM t DISTRIBUTE BY a

--@ select a a not b a a b a b a b shiftleft a 1 a 1 a div b fro | data_analyst | allow
SELECT -a, +a, NOT b, ~a, a & b, a | b, a ^ b, shiftleft(a,1), a << 1 , a div b FROM t

--@ select x 1f a b dq r raw n 1e3 1 5bd 10l true null | data_analyst | allow
SELECT x'1F', 'a\'b', "dq", r'raw\n', 1e3, 1.5BD, 10L, true, null

--@ select from a natural join b | data_analyst | allow
SELECT * FROM a NATURAL JOIN b

--@ select from a b where a x b x | data_analyst | allow
SELECT * FROM a, b WHERE a.x=b.x

--@ select it s semi colon not a comment from t | data_analyst | allow
SELECT 'it\'s', 'semi;colon', '-- not a comment' FROM t

--@ select map_from_entries a map_concat a b map_filter m k v v  | data_analyst | allow
SELECT map_from_entries(a), map_concat(a,b), map_filter(m, (k,v) -> v > 1), transform_values(m, (k,v) -> v+1), transform_keys(m, (k,v)->k), zip_with(a,b,(x,y)->x+y), forall(a, x -> x>1), reduce(a, 0, (x,y)->x+y, x -> x), array_position(a,1), array_except(a,b), array_intersect(a,b), arrays_overlap(a,b), array_remove(a,1), array_repeat(a,2), array_compact(a), array_append(a,1), array_insert(a,1,2), array_prepend(a,1), shuffle(a), array_size(a), array_min(a), get(a,0), try_element_at(a,1) FROM t

--@ select count from t where a p and b in q r | data_analyst | allow
SELECT count(*) FROM t WHERE a = :p AND b IN (:q, :r)

--@ select collate a unicode_ci a collate utf8_binary from t | data_analyst | allow
SELECT collate(a, 'UNICODE_CI'), a COLLATE UTF8_BINARY FROM t

--@ select sum x as total sales 100 0 sum x sum sum x over as pc | data_analyst | allow
SELECT sum(x) AS `Total Sales ($)`, 100.0 * sum(x) / sum(sum(x)) OVER () AS pct FROM t GROUP BY y

--@ select date_trunc week d trunc d mm dayname d monthname d we | data_analyst | allow
SELECT date_trunc('week', d), trunc(d, 'MM'), dayname(d), monthname(d), weekday(d), day(d), dayofmonth(d), dayofyear(d), hour(ts), minute(ts), second(ts), unix_date(d), to_unix_timestamp(ts), make_timestamp(2020,1,1,0,0,0), make_interval(1), timestampadd(DAY,1,ts), curdate(), current_timezone(), try_to_timestamp(s), try_to_number('1','9'), date(s), timestamp(s), to_varchar(1,'9'), months_between(a,b,true) FROM t

--@ select a from t order by a limit 1 union all select b from u | data_analyst | allow
(SELECT a FROM t ORDER BY a LIMIT 1) UNION ALL (SELECT b FROM u LIMIT 2)

--@ select from select a from t as s x where x 1 | data_analyst | allow
SELECT * FROM (SELECT a FROM t) AS s(x) WHERE x > 1

--@ select distinct a from t order by a asc nulls first | data_analyst | allow
SELECT DISTINCT a FROM t ORDER BY a ASC NULLS FIRST

--@ select session_window start from t | data_analyst | allow
SELECT session_window.start FROM t

--@ select measure sales from mv group by all | data_analyst | allow
SELECT measure(sales) FROM mv GROUP BY ALL

--@ select max struct a b b from t | data_analyst | allow
SELECT max(struct(a, b)).b FROM t

--@ select t1 a from t t1 inner join lateral select b from u whe | data_analyst | allow
SELECT t1.a FROM t t1 INNER JOIN LATERAL (SELECT b FROM u WHERE u.x = t1.x LIMIT 1) l

--@ select cast 2020 01 01 as date 1 to_date x to_date y interva | data_analyst | allow
SELECT cast('2020-01-01' as date) + 1, to_date('x') - to_date('y'), interval '1-2' year to month

--@ running total | data_analyst | allow
SELECT order_date, sum(net_amount) OVER (PARTITION BY store_id ORDER BY order_date ROWS UNBOUNDED PRECEDING) AS running FROM main.demo.orders

--@ moving average over days | data_analyst | allow
SELECT d, avg(x) OVER (ORDER BY d RANGE BETWEEN INTERVAL 6 DAYS PRECEDING AND CURRENT ROW) AS week FROM main.demo.daily

--@ year over year | data_analyst | allow
WITH m AS (SELECT date_trunc('MONTH', order_date) AS month, sum(net_amount) AS sales FROM main.demo.orders GROUP BY ALL)
SELECT month, sales, lag(sales, 12) OVER (ORDER BY month) AS year_ago, round(100 * (sales / nullif(lag(sales, 12) OVER (ORDER BY month), 0) - 1), 1) AS growth_pct
FROM m ORDER BY month

--@ top three per group | data_analyst | allow
SELECT region, product, sales FROM (SELECT region, product, sum(amount) AS sales FROM main.demo.sales GROUP BY region, product) QUALIFY dense_rank() OVER (PARTITION BY region ORDER BY sales DESC) <= 3

--@ sessions by gaps | data_analyst | allow
WITH e AS (SELECT user_id, ts, CASE WHEN ts - lag(ts) OVER (PARTITION BY user_id ORDER BY ts) > INTERVAL 30 MINUTES THEN 1 ELSE 0 END AS fresh FROM main.demo.events)
SELECT user_id, sum(fresh) OVER (PARTITION BY user_id ORDER BY ts) AS session_no, count(*) OVER (PARTITION BY user_id) FROM e

--@ cohorts | data_analyst | allow
WITH first AS (SELECT customer_id, min(date_trunc('MONTH', order_date)) AS cohort FROM main.demo.orders GROUP BY customer_id)
SELECT cohort, months_between(date_trunc('MONTH', o.order_date), cohort)::INT AS age, count(DISTINCT o.customer_id) AS n
FROM main.demo.orders o JOIN first USING (customer_id) GROUP BY 1, 2 ORDER BY 1, 2

--@ pareto | data_analyst | allow
SELECT product_id, sales, sum(sales) OVER (ORDER BY sales DESC) / sum(sales) OVER () AS share FROM (SELECT product_id, sum(net_amount) AS sales FROM main.demo.order_lines GROUP BY product_id)

--@ pivot with several aggregates | data_analyst | allow
SELECT * FROM (SELECT store_id, quarter(order_date) AS q, net_amount FROM main.demo.orders) PIVOT (sum(net_amount) AS total, count(net_amount) AS n FOR q IN (1 AS q1, 2 AS q2, 3 AS q3, 4 AS q4))

--@ pivot over two columns | data_analyst | allow
SELECT * FROM main.demo.sales PIVOT (sum(amount) FOR (year, region) IN ((2024, 'N') AS n24, (2025, 'N') AS n25))

--@ unpivot with nulls | data_analyst | allow
SELECT * FROM main.demo.quarters UNPIVOT INCLUDE NULLS (amount FOR quarter IN (q1 AS 'Q1', q2 AS 'Q2'))

--@ unpivot of pairs | data_analyst | allow
SELECT * FROM main.demo.wide UNPIVOT ((a, b) FOR k IN ((a1, b1) AS one, (a2, b2) AS two))

--@ json paths | data_analyst | allow
SELECT raw:customer.id::BIGINT, raw:items[0].sku::STRING, raw:['odd key'], raw:items[*].qty FROM main.demo.json_orders

--@ variant | data_analyst | allow
SELECT variant_get(v, '$.a.b', 'INT'), try_variant_get(v, '$.c', 'STRING'), v:d::DOUBLE, is_variant_null(v:e), schema_of_variant(v) FROM main.demo.variants

--@ variant explode | data_analyst | allow
SELECT o.id, e.value:name::STRING FROM main.demo.variants o, LATERAL variant_explode(o.v) AS e

--@ json build | data_analyst | allow
SELECT to_json(named_struct('id', id, 'tags', collect_list(tag))) FROM main.demo.tags GROUP BY id

--@ from json with array | data_analyst | allow
SELECT inline(from_json(j, 'ARRAY<STRUCT<a: INT, b: STRING>>')) FROM main.demo.raw

--@ json tuple | data_analyst | allow
SELECT t.id, j.a, j.b FROM main.demo.raw t LATERAL VIEW json_tuple(t.j, 'a', 'b') j AS a, b

--@ explode of a map | data_analyst | allow
SELECT id, k, v FROM main.demo.maps LATERAL VIEW explode(m) e AS k, v

--@ outer posexplode | data_analyst | allow
SELECT id, pos, x FROM main.demo.lists LATERAL VIEW OUTER posexplode(xs) e AS pos, x

--@ explode as table function | data_analyst | allow
SELECT * FROM explode(sequence(DATE '2026-01-01', DATE '2026-12-31', INTERVAL 1 MONTH)) AS t(month)

--@ calendar by sequence | data_analyst | allow
WITH days AS (SELECT explode(sequence(to_date('2026-01-01'), to_date('2026-01-31'), INTERVAL 1 DAY)) AS d) SELECT d, dayofweek(d), coalesce(n, 0) FROM days LEFT JOIN main.demo.daily USING (d)

--@ range as calendar | data_analyst | allow
SELECT date_add(DATE '2026-01-01', CAST(id AS INT)) AS d FROM range(365)

--@ recursive hierarchy | data_analyst | allow
WITH RECURSIVE tree (id, parent, depth) AS (SELECT id, parent, 0 FROM main.demo.employees WHERE parent IS NULL UNION ALL SELECT e.id, e.parent, t.depth + 1 FROM main.demo.employees e JOIN tree t ON e.parent = t.id) SELECT depth, count(*) FROM tree GROUP BY depth

--@ grouping sets | data_analyst | allow
SELECT region, product, grouping_id(region, product) AS level, sum(amount) FROM main.demo.sales GROUP BY GROUPING SETS ((region, product), (region), ()) ORDER BY level

--@ rollup with labels | data_analyst | allow
SELECT coalesce(region, 'all') AS region, IF(grouping(product) = 1, 'all', product) AS product, sum(amount) FROM main.demo.sales GROUP BY ROLLUP (region, product)

--@ cube | data_analyst | allow
SELECT region, channel, count(*) FROM main.demo.sales GROUP BY CUBE (region, channel) HAVING count(*) > 10

--@ star except | data_analyst | allow
SELECT * EXCEPT (email, phone), sha2(email, 256) AS email_hash FROM main.demo.customers

--@ qualified star except | data_analyst | allow
SELECT o.* EXCEPT (id), c.name FROM main.demo.orders o JOIN main.demo.customers c ON o.customer_id = c.id

--@ higher order chain | data_analyst | allow
SELECT aggregate(transform(filter(xs, x -> x > 0), x -> x * 2), CAST(0 AS BIGINT), (acc, x) -> acc + x, acc -> acc / 2.0) FROM main.demo.lists

--@ lambda with index | data_analyst | allow
SELECT transform(xs, (x, i) -> x + i), zip_with(xs, ys, (x, y) -> x * y), exists(xs, x -> x IS NULL), forall(xs, x -> x > 0) FROM main.demo.lists

--@ array sort with comparator | data_analyst | allow
SELECT array_sort(xs, (a, b) -> CASE WHEN a.n < b.n THEN -1 WHEN a.n > b.n THEN 1 ELSE 0 END) FROM main.demo.lists

--@ map functions | data_analyst | allow
SELECT map_filter(m, (k, v) -> v > 1), transform_values(m, (k, v) -> v * 2), map_zip_with(m, n, (k, a, b) -> a + b), map_from_entries(array(struct('a', 1))), map_contains_key(m, 'a'), m['a'] FROM main.demo.maps

--@ set functions of arrays | data_analyst | allow
SELECT array_union(a, b), array_except(a, b), array_intersect(a, b), array_distinct(a), arrays_overlap(a, b), array_join(a, ', ', '?'), array_position(a, 1), array_remove(a, 1), array_append(a, 1), array_prepend(a, 0), array_insert(a, 1, 2), array_compact(a), array_repeat(0, 3), array_size(a), flatten(array(a, b)), slice(a, 1, 2), shuffle(a), arrays_zip(a, b) FROM main.demo.lists

--@ dates one | data_analyst | allow
SELECT date_trunc('WEEK', ts), trunc(d, 'YEAR'), last_day(d), next_day(d, 'MO'), add_months(d, -3), months_between(a, b), datediff(b, a), date_diff(HOUR, a, b), timestampdiff(SECOND, a, b), dateadd(MONTH, 1, d), d + INTERVAL '1' YEAR, d - 7 FROM main.demo.t

--@ dates two | data_analyst | allow
SELECT to_date(s, 'dd.MM.yyyy'), to_timestamp(s), try_to_timestamp(s, 'yyyy'), date_format(d, 'EEEE'), from_unixtime(n), unix_timestamp(s), timestamp_millis(n), make_date(2026, 1, 1), make_timestamp(2026, 1, 1, 0, 0, 0), from_utc_timestamp(ts, 'Europe/Berlin'), convert_timezone('UTC', 'Asia/Tokyo', ts), current_timezone() FROM main.demo.t

--@ extract parts | data_analyst | allow
SELECT extract(YEAR FROM d), extract(WEEK FROM d), date_part('DOW', d), dayname(d), monthname(d), weekofyear(d), yearofweek FROM main.demo.t

--@ last complete month | data_analyst | allow
SELECT count(*) FROM main.demo.orders WHERE order_date >= add_months(date_trunc('MONTH', current_date()), -1) AND order_date < date_trunc('MONTH', current_date())

--@ parameters | data_analyst | allow
SELECT * FROM main.demo.orders WHERE order_date BETWEEN :from AND :to AND region IN (:a, :b) AND amount > :least LIMIT :n

--@ parameter in an interval | data_analyst | allow
SELECT * FROM main.demo.orders WHERE order_date > current_date() - make_interval(0, 0, 0, :days)

--@ time travel by version | data_analyst | allow
SELECT n.id FROM main.demo.orders n LEFT ANTI JOIN main.demo.orders VERSION AS OF 12 o ON n.id = o.id

--@ time travel by time | data_analyst | allow
SELECT count(*) FROM main.demo.orders TIMESTAMP AS OF '2026-01-01T00:00:00Z'

--@ time travel by expression | data_analyst | allow
SELECT count(*) FROM main.demo.orders TIMESTAMP AS OF date_sub(current_date(), 1)

--@ percentiles | data_analyst | allow
SELECT store_id, percentile_approx(amount, array(0.5, 0.9, 0.99), 100), percentile_cont(0.5) WITHIN GROUP (ORDER BY amount), median(amount), approx_percentile(amount, 0.5) FROM main.demo.orders GROUP BY store_id

--@ statistics | data_analyst | allow
SELECT corr(a, b), covar_samp(a, b), regr_slope(b, a), regr_intercept(b, a), stddev_samp(a), var_pop(a), skewness(a), kurtosis(a), width_bucket(a, 0, 100, 10), histogram_numeric(a, 5) FROM main.demo.t

--@ approximate counts and sketches | data_analyst | allow
SELECT hll_sketch_estimate(hll_union_agg(s)), approx_count_distinct(id, 0.01), approx_top_k(region, 5) FROM main.demo.sketches

--@ sketch aggregate | data_analyst | allow
SELECT region, hll_sketch_estimate(hll_sketch_agg(customer_id)) FROM main.demo.orders GROUP BY region

--@ bitmaps | data_analyst | allow
SELECT bitmap_bucket_number(id) AS bucket, bitmap_count(bitmap_construct_agg(bitmap_bit_position(id))) FROM main.demo.orders GROUP BY 1

--@ geo cells | data_analyst | allow
SELECT h3_longlatash3(lon, lat, 9) AS cell, h3_toparent(h3_longlatash3(lon, lat, 9), 6), count(*) FROM main.demo.stores GROUP BY ALL

--@ geo shapes | data_analyst | allow
SELECT s.id FROM main.demo.stores s JOIN main.demo.areas a ON st_contains(st_geomfromtext(a.wkt), st_point(s.lon, s.lat)) WHERE st_distancesphere(st_point(s.lon, s.lat), st_point(0, 0)) < 1000

--@ text cleaning | data_analyst | allow
SELECT initcap(trim(BOTH ' ' FROM name)), regexp_replace(phone, '[^0-9]', ''), split_part(email, '@', 2), regexp_extract(url, 'https?://([^/]+)', 1), lpad(id, 8, '0'), substring_index(path, '/', -1), translate(x, 'äöü', 'aou'), levenshtein(a, b), soundex(a) FROM main.demo.customers

--@ regular expressions | data_analyst | allow
SELECT a RLIKE '^[A-Z]{2}\\d+$', a NOT RLIKE 'x', regexp_like(a, 'x'), regexp_count(a, 'x'), regexp_extract_all(a, '(\\w+)', 1), a LIKE '50\\%' ESCAPE '\\', a LIKE ANY ('a%', 'b%'), a ILIKE '%x%' FROM main.demo.t

--@ masking | data_analyst | allow
SELECT mask(email), mask(phone, 'X', 'x', 'n'), concat(left(name, 1), repeat('*', greatest(length(name) - 1, 0))) FROM main.demo.customers

--@ hashes | data_analyst | allow
SELECT md5(a), sha1(a), sha2(a, 256), crc32(a), hash(a, b), xxhash64(a, b), base64(a), unbase64(b), hex(a), encode(a, 'UTF-8'), decode(b, 'UTF-8') FROM main.demo.t

--@ numbers | data_analyst | allow
SELECT try_divide(a, b), try_add(a, b), a DIV b, a % b, pmod(a, b), bround(a, 2), ceil(a), floor(a), sign(a), cbrt(a), log(2, a), log1p(a), expm1(a), hypot(a, b), degrees(a), bit_count(a), shiftleft(a, 2), conv(a, 10, 2), format_number(a, 2), to_char(a, '999D99'), try_to_number(s, '999'), nullifzero(a), zeroifnull(a) FROM main.demo.t

--@ casts | data_analyst | allow
SELECT CAST(a AS DECIMAL(18, 4)), a::DATE, try_cast(a AS TIMESTAMP_NTZ), CAST(a AS MAP<STRING, ARRAY<INT>>), CAST(a AS STRUCT<x: INT, y: STRING>), bigint(a), double(a), string(a), date(a), int(a), boolean(a), binary(a) FROM main.demo.t

--@ conditional aggregates | data_analyst | allow
SELECT count_if(a > 1), sum(a) FILTER (WHERE b), sum(CASE WHEN c THEN a ELSE 0 END), max_by(a, b), min_by(a, b), any_value(a) IGNORE NULLS, first(a, true), bool_or(b), every(b), mode(a), array_agg(DISTINCT a), collect_set(a), listagg(DISTINCT a, '; ') WITHIN GROUP (ORDER BY a) FROM main.demo.t

--@ named windows | data_analyst | allow
SELECT rank() OVER w, percent_rank() OVER w, cume_dist() OVER w, ntile(4) OVER w, nth_value(a, 2) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), last_value(a) IGNORE NULLS OVER w FROM main.demo.t WINDOW w AS (PARTITION BY b ORDER BY a)

--@ tumbling windows | data_analyst | allow
SELECT window.start, window.end, count(*) FROM main.demo.events GROUP BY window(ts, '10 minutes', '5 minutes')

--@ session windows | data_analyst | allow
SELECT session_window.start, user_id, count(*) FROM main.demo.events GROUP BY session_window(ts, '30 minutes'), user_id

--@ lateral alias | data_analyst | allow
SELECT amount * 1.19 AS gross, gross - amount AS tax FROM main.demo.orders

--@ lateral join with limit | data_analyst | allow
SELECT c.id, l.amount FROM main.demo.customers c LEFT JOIN LATERAL (SELECT amount FROM main.demo.orders o WHERE o.customer_id = c.id ORDER BY amount DESC LIMIT 3) l

--@ correlated exists | data_analyst | allow
SELECT * FROM main.demo.customers c WHERE NOT EXISTS (SELECT 1 FROM main.demo.orders o WHERE o.customer_id = c.id AND o.order_date > '2026-01-01')

--@ in with tuples | data_analyst | allow
SELECT * FROM main.demo.sales WHERE (region, year) IN (SELECT region, max(year) FROM main.demo.sales GROUP BY region)

--@ set operations | data_analyst | allow
(SELECT id FROM main.demo.a EXCEPT ALL SELECT id FROM main.demo.b) UNION ALL (SELECT id FROM main.demo.b MINUS SELECT id FROM main.demo.a) ORDER BY id

--@ full outer comparison | data_analyst | allow
SELECT coalesce(a.id, b.id) AS id, a.x IS DISTINCT FROM b.x AS differs FROM main.demo.a FULL OUTER JOIN main.demo.b ON a.id <=> b.id WHERE NOT (a.x <=> b.x)

--@ null safe | data_analyst | allow
SELECT equal_null(a, b), nvl2(a, 1, 0), ifnull(a, b), nanvl(a, 0), coalesce(a, b, c), nullif(a, '') FROM main.demo.t

--@ group by alias and all | data_analyst | allow
SELECT date_trunc('DAY', ts) AS day, region, count(*) AS n FROM main.demo.events GROUP BY ALL ORDER BY ALL

--@ order with nulls | data_analyst | allow
SELECT * FROM main.demo.t ORDER BY a DESC NULLS LAST, b ASC NULLS FIRST LIMIT 10 OFFSET 20

--@ sampling | data_analyst | allow
SELECT * FROM main.demo.orders TABLESAMPLE (100 ROWS)

--@ sampling by percent | data_analyst | allow
SELECT avg(amount) FROM main.demo.orders TABLESAMPLE (10 PERCENT)

--@ values with a join | data_analyst | allow
SELECT o.*, m.label FROM main.demo.orders o JOIN (VALUES (1, 'one'), (2, 'two')) AS m(id, label) ON o.kind = m.id

--@ struct access | data_analyst | allow
SELECT address.city, address.geo.lat, items[0].sku, element_at(items, -1).sku, struct(a AS x, b AS y).x, max(struct(ts, v)).v FROM main.demo.nested GROUP BY ALL

--@ comments in a query | data_analyst | allow
SELECT a, -- the key
       /* b is not needed */ c
FROM main.demo.t -- end

--@ hints | data_analyst | allow
SELECT /*+ BROADCAST(s), REPARTITION(8) */ o.id FROM main.demo.orders o JOIN main.demo.stores s ON o.store_id = s.id

--@ quoted names with spaces | data_analyst | allow
SELECT `Order ID`, sum(`Unit Price` * Quantity) AS `Total (€)` FROM main.demo.`Order Details` GROUP BY `Order ID`

--@ names outside ascii | data_analyst | allow
SELECT straße, größe AS `Größe` FROM main.demo.kunden_münchen

--@ texts outside ascii | data_analyst | allow
SELECT * FROM main.demo.t WHERE name = 'Zoë' OR name LIKE '東京%' OR note = 'naïve – “quoted” 👍'

--@ keywords inside texts | data_analyst | allow
SELECT 'DROP TABLE x; DELETE FROM y' AS note, "-- no comment" AS c, 'hr.pay' AS t FROM main.demo.t WHERE a = 'SELECT * FROM main.hr.pay'

--@ columns named like statements | data_analyst | allow
SELECT `update`, `delete`, `table`, t.`grant`, set_by, created, dropped FROM main.demo.t

--@ deleted flags | data_analyst | allow
SELECT count(*) AS deletes FROM main.demo.change_log WHERE operation IN ('DELETE', 'UPDATE', 'TRUNCATE') AND is_deleted = false

--@ trailing semicolon | data_analyst | allow
SELECT 1 AS one FROM main.demo.t;

--@ default schema | data_analyst | allow
SELECT count(*) FROM orders

--@ two part name | data_analyst | allow
SELECT count(*) FROM demo.orders o, sandbox.t

--@ identifier of a literal | data_analyst | allow
SELECT count(*) FROM IDENTIFIER('main.demo.orders')

--@ from first 2 | data_analyst | allow
FROM main.demo.orders SELECT region, count(*) GROUP BY region

--@ pipes | data_analyst | allow
FROM main.demo.orders |> WHERE amount > 10 |> SELECT region, amount

--@ collation | data_analyst | allow
SELECT name COLLATE UTF8_LCASE, collation(name) FROM main.demo.t ORDER BY name COLLATE UNICODE_CI

--@ metric view 2 | data_analyst | allow
SELECT region, measure(total_sales) FROM main.demo.sales_metrics GROUP BY region

--@ aliases with texts | data_analyst | allow
SELECT count(*) AS 'number of orders' FROM main.demo.orders

--@ urls | data_analyst | allow
SELECT parse_url(u, 'HOST'), parse_url(u, 'QUERY', 'utm'), try_parse_url(u, 'PATH'), url_decode(u), url_encode(u) FROM main.demo.t

--@ csv and xml | data_analyst | allow
SELECT from_csv(s, 'a INT, b STRING').a, to_csv(struct(1, 2)), from_xml(x, 'a INT').a, schema_of_csv('1,a') FROM main.demo.t

--@ stack to rows | data_analyst | allow
SELECT id, k, v FROM main.demo.wide LATERAL VIEW stack(2, 'q1', q1, 'q2', q2) s AS k, v

--@ natural join and using | data_analyst | allow
SELECT * FROM main.demo.a NATURAL LEFT JOIN main.demo.b JOIN main.demo.c USING (id, year)

--@ case forms | data_analyst | allow
SELECT CASE region WHEN 'N' THEN 1 WHEN 'S' THEN 2 END, decode(region, 'N', 1, 0), IF(a > b, a, b), iff(a > b, a, b) FROM main.demo.t

--@ intervals | data_analyst | allow
SELECT ts + INTERVAL '1 2:03:04' DAY TO SECOND, INTERVAL '1-2' YEAR TO MONTH, ts - INTERVAL 90 MINUTES, make_dt_interval(1, 2), make_ym_interval(1, 2) FROM main.demo.t

--@ literals | data_analyst | allow
SELECT 1L, 2S, 3Y, 1.5BD, 1e-3D, X'1F', DATE '2026-01-01', TIMESTAMP '2026-01-01 10:00:00', TRUE, NULL, r'\d', 'it\'s' FROM main.demo.t

--@ who asks | data_analyst | allow
SELECT * FROM main.demo.orders WHERE owner = current_user()

--@ tables of a granted schema | data_analyst | allow
SHOW TABLES IN main.demo

--@ tables like a pattern | data_analyst | allow
SHOW TABLES FROM demo LIKE 'order*'

--@ views of a granted schema | data_analyst | allow
SHOW VIEWS IN main.demo

--@ columns of a table | data_analyst | allow
SHOW COLUMNS IN main.demo.orders

--@ columns of a table in a schema | data_analyst | allow
SHOW COLUMNS FROM orders FROM demo

--@ definition of a table | data_analyst | allow
SHOW CREATE TABLE main.demo.orders

--@ description | data_analyst | allow
DESCRIBE main.demo.orders

--@ description of a table in full | data_analyst | allow
DESC TABLE EXTENDED demo.orders

--@ description as json | data_analyst | allow
DESCRIBE TABLE EXTENDED main.demo.orders AS JSON

--@ description of a column | data_analyst | allow
DESCRIBE TABLE main.demo.orders amount

--@ history | data_analyst | allow
DESCRIBE HISTORY main.demo.orders LIMIT 10

--@ detail | data_analyst | allow
describe detail main.demo.`Order Details`

--@ plan | data_analyst | allow
EXPLAIN SELECT region, count(*) FROM main.demo.orders GROUP BY region

--@ plan with cost | data_analyst | allow
EXPLAIN COST WITH a AS (SELECT * FROM main.demo.orders) SELECT count(*) FROM a

--@ schemas for admin | admin | allow
SHOW SCHEMAS IN main

--@ catalogs for admin | admin | needs_approval
SHOW CATALOGS

--@ grants for admin | admin | needs_approval
SHOW GRANTS `a@b.c` ON TABLE main.demo.orders

--@ information schema for admin | admin | needs_approval
SELECT table_name FROM main.information_schema.tables WHERE table_schema = 'demo'

--@ audit for admin | admin | needs_approval
SELECT * FROM system.access.audit WHERE event_date > current_date() - 7

--@ admin reads elsewhere | admin | allow
SELECT * FROM samples.nyctaxi.trips LIMIT 10

--@ curator without tables | knowledge_curator | allow
SELECT current_date(), 1 + 1 AS two

--@ engineer saves a result | data_engineer | needs_approval
CREATE OR REPLACE TABLE main.sandbox.top_customers AS SELECT customer_id, sum(net_amount) AS sales FROM main.demo.orders GROUP BY customer_id ORDER BY sales DESC LIMIT 10

--@ engineer creates when missing | data_engineer | needs_approval
CREATE TABLE IF NOT EXISTS sandbox.t USING DELTA COMMENT 'daily' CLUSTER BY (d) AS SELECT * FROM demo.daily

--@ engineer defines columns | data_engineer | needs_approval
CREATE TABLE main.sandbox.facts (id BIGINT NOT NULL COMMENT 'key', d DATE, amount DECIMAL(18, 2) DEFAULT 0, tags ARRAY<STRING>, geo STRUCT<lat: DOUBLE, lon: DOUBLE>, CONSTRAINT facts_pk PRIMARY KEY (id)) TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported', 'delta.enableChangeDataFeed' = true)

--@ engineer makes a view | data_engineer | needs_approval
CREATE OR REPLACE VIEW main.sandbox.v_orders (id COMMENT 'key', amount) COMMENT 'orders' AS WITH o AS (SELECT * FROM demo.orders) SELECT id, amount FROM o

--@ engineer inserts a query | data_engineer | needs_approval
INSERT INTO main.sandbox.t (id, amount) SELECT id, sum(amount) FROM main.demo.orders GROUP BY id

--@ engineer inserts values | data_engineer | needs_approval
INSERT INTO sandbox.t VALUES (1, 'a', DATE '2026-01-01'), (2, 'b', DEFAULT)

--@ engineer inserts by name | data_engineer | needs_approval
INSERT INTO main.sandbox.t BY NAME SELECT id, amount FROM demo.orders

--@ engineer inserts from a cte | data_engineer | needs_approval
INSERT INTO main.sandbox.t WITH x AS (SELECT * FROM demo.orders) SELECT * FROM x

--@ engineer inserts a table | data_engineer | needs_approval
INSERT INTO main.sandbox.t TABLE main.demo.orders

--@ engineer inserts a parameter | data_engineer | needs_approval
INSERT INTO main.sandbox.t VALUES (:id, :name)

--@ engineer updates | data_engineer | needs_approval
UPDATE main.sandbox.t AS t SET t.amount = round(t.amount, 2), note = 'ok' WHERE t.id IN (SELECT id FROM main.demo.orders WHERE amount > 10)

--@ engineer updates everything | data_engineer | needs_approval
UPDATE main.sandbox.t SET checked = false

--@ engineer merges | data_engineer | needs_approval
MERGE INTO main.sandbox.customers t USING (SELECT * FROM main.demo.customers WHERE updated > :since) s ON t.id = s.id WHEN MATCHED AND t.hash <> s.hash THEN UPDATE SET t.name = s.name, t.hash = s.hash WHEN NOT MATCHED THEN INSERT (id, name, hash) VALUES (s.id, s.name, s.hash)

--@ engineer merges stars | data_engineer | needs_approval
MERGE INTO main.sandbox.t AS t USING demo.orders AS s ON t.id <=> s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED BY TARGET THEN INSERT *

--@ engineer merges by source | data_engineer | needs_approval
MERGE INTO main.sandbox.t t USING demo.orders s ON t.id = s.id WHEN MATCHED THEN UPDATE SET * EXCEPT (created) WHEN NOT MATCHED BY SOURCE AND t.open THEN UPDATE SET t.open = false

--@ engineer merges a cte | data_engineer | needs_approval
WITH s AS (SELECT id, max(ts) AS ts FROM demo.events GROUP BY id) MERGE INTO main.sandbox.t t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET t.ts = s.ts

--@ engineer adds a column | data_engineer | needs_approval
ALTER TABLE main.sandbox.t ADD COLUMN note STRING COMMENT 'free text' AFTER id

--@ engineer adds columns | data_engineer | needs_approval
ALTER TABLE sandbox.t ADD COLUMNS (a INT, b STRING FIRST)

--@ engineer renames a column | data_engineer | needs_approval
ALTER TABLE main.sandbox.t RENAME COLUMN a TO b

--@ engineer renames a table | data_engineer | needs_approval
ALTER TABLE main.sandbox.t RENAME TO main.sandbox.t_old

--@ engineer comments a column | data_engineer | needs_approval
ALTER TABLE main.sandbox.t ALTER COLUMN a COMMENT 'net, in EUR'

--@ engineer comments on a table | data_engineer | needs_approval
COMMENT ON TABLE main.sandbox.t IS 'Orders by day'

--@ engineer comments on a column | data_engineer | needs_approval
COMMENT ON COLUMN sandbox.t.a IS 'net; not gross'

--@ admin deletes | admin | needs_approval
DELETE FROM main.demo.orders WHERE order_date < '2020-01-01' AND id NOT IN (SELECT order_id FROM main.demo.returns)

--@ admin truncates | admin | needs_approval
TRUNCATE TABLE main.sandbox.t

--@ admin drops | admin | needs_approval
DROP TABLE IF EXISTS main.sandbox.t

--@ admin drops a view | admin | needs_approval
DROP VIEW main.sandbox.v

--@ admin drops columns | admin | needs_approval
ALTER TABLE main.sandbox.t DROP COLUMNS (a, b)

--@ admin overwrites | admin | needs_approval
INSERT OVERWRITE TABLE main.sandbox.t SELECT * FROM main.demo.orders

--@ admin merges with a delete | admin | needs_approval
MERGE INTO main.sandbox.t t USING main.demo.orders s ON t.id = s.id WHEN MATCHED AND s.deleted THEN DELETE WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED AND NOT s.deleted THEN INSERT *

--@ custom reader reads its tables | custom:reader | allow
SELECT s.id, d.`Unit Price` FROM sales s JOIN core.`Order Details` d USING (id)

--@ custom writer lists | custom:writer | allow
SHOW TABLES IN core

--@ custom writer inserts | custom:writer | needs_approval
INSERT INTO stage.t SELECT * FROM sales

--@ custom writer creates | custom:writer | needs_approval
CREATE TABLE stage.t AS SELECT * FROM sales

--@ custom writer merges | custom:writer | needs_approval
MERGE INTO shop.stage.t t USING sales s ON t.id = s.id WHEN NOT MATCHED THEN INSERT *

--@ custom loader inserts where it may not read | custom:loader | needs_approval
INSERT INTO shop.raw.events SELECT * FROM sales

--@ custom owner reads all but the forbidden | custom:owner | allow
SELECT * FROM sales JOIN shop.stage.t USING (id)
