-- Statements that must be denied: a header names each, for which roles, and what the denial must name.
-- `*` are the three roles beside admin; `* admin` is every role of config/rbac_roles.yaml; `custom:` is the policy in test_corpus.py.

--@ select from main hr salaries | *
SELECT * FROM main.hr.salaries

--@ select from hr salaries | *
SELECT * FROM hr.salaries

--@ select from hr salaries 2 | *
select * from HR.Salaries

--@ select from main hr salaries 2 | *
SELECT * FROM `main`.`hr`.`salaries`

--@ select from main hr salaries 3 | *
SELECT * FROM main . hr . salaries

--@ select from main hr x salaries | *
SELECT * FROM main/**/.hr/* x */.salaries

--@ select select max x from hr salaries from orders | *
SELECT (SELECT max(x) FROM hr.salaries) FROM orders

--@ select from orders where id in select id from hr salaries | *
SELECT * FROM orders WHERE id IN (SELECT id FROM hr.salaries)

--@ with a as select from hr salaries select 1 from orders | *
WITH a AS (SELECT * FROM hr.salaries) SELECT 1 FROM orders

--@ with salaries as select 1 select from hr salaries | *
WITH salaries AS (SELECT 1) SELECT * FROM hr.salaries

--@ with hr salaries as select 1 select from hr salaries | *
WITH `hr.salaries` AS (SELECT 1) SELECT * FROM hr.salaries

--@ with x as with y as select from hr salaries select from y se | *
WITH x AS (WITH y AS (SELECT * FROM hr.salaries) SELECT * FROM y) SELECT * FROM x

--@ select from with z as select 1 select from z a hr z | *
SELECT * FROM (WITH z AS (SELECT 1) SELECT * FROM z) a, hr.z

--@ with aiops as select 1 select from aiops agent_spans | *
WITH aiops AS (SELECT 1) SELECT * FROM aiops.agent_spans

--@ select from orders union all select from hr salaries | *
SELECT * FROM orders UNION ALL SELECT * FROM hr.salaries

--@ select from orders o join lateral select from hr salaries x | *
SELECT * FROM orders o JOIN LATERAL (SELECT * FROM hr.salaries) x

--@ select from orders order by select 1 from hr salaries | *
SELECT * FROM orders ORDER BY (SELECT 1 FROM hr.salaries)

--@ select sum x over order by select 1 from hr salaries from or | *
SELECT sum(x) OVER (ORDER BY (SELECT 1 FROM hr.salaries)) FROM orders

--@ select from orders limit select count from hr salaries | *
SELECT * FROM orders LIMIT (SELECT count(*) FROM hr.salaries)

--@ select from orders tablesample 10 rows hr salaries | *
SELECT * FROM orders TABLESAMPLE (10 ROWS), hr.salaries

--@ select transform a x select 1 from hr salaries from orders | *
SELECT transform(a, x -> (SELECT 1 FROM hr.salaries)) FROM orders

--@ select case when exists select 1 from hr salaries then 1 end | *
SELECT CASE WHEN EXISTS(SELECT 1 FROM hr.salaries) THEN 1 END FROM orders

--@ select from orders version as of select 1 from hr salaries | *
SELECT * FROM orders VERSION AS OF (SELECT 1 FROM hr.salaries)

--@ select from main aiops agent_messages | *
SELECT * FROM main.aiops.agent_messages

--@ select from main information_schema tables | *
SELECT * FROM main.information_schema.tables

--@ select from information_schema tables | *
SELECT * FROM information_schema.tables

--@ select from system access audit | *
SELECT * FROM system.access.audit

--@ select from system information_schema tables | *
SELECT * FROM system.information_schema.tables

--@ select from csv etc passwd | *
SELECT * FROM csv.`/etc/passwd`

--@ select from json s3 b x | *
SELECT * FROM json.`s3://b/x`

--@ select from delta mnt x | *
SELECT * FROM delta.`/mnt/x`

--@ select from parquet dbfs x | *
SELECT * FROM parquet.`dbfs:/x`

--@ select from binaryfile x | *
SELECT * FROM binaryFile.`/x`

--@ select from text x | *
SELECT * FROM text.`x`

--@ select from s3 bucket x | *
SELECT * FROM `s3://bucket/x`

--@ select from s3 bucket x 2 | *
SELECT * FROM 's3://bucket/x'

--@ select from read_files x | *
SELECT * FROM read_files('/x')

--@ select from main demo read_files x | *
SELECT * FROM main.demo.read_files('/x')

--@ select from table_changes main hr salaries 1 | *
SELECT * FROM table_changes('main.hr.salaries', 1)

--@ select from vector_search index a query_text b | *
SELECT * FROM vector_search(index => 'a', query_text => 'b')

--@ select from identifier main hr salaries | *
SELECT * FROM IDENTIFIER('main.hr.salaries')

--@ select from identifier main hr salaries 2 | *
SELECT * FROM IDENTIFIER('main.hr.' || 'salaries')

--@ select identifier x from orders | *
SELECT IDENTIFIER('x') FROM orders

--@ select from remote_query x y | *
SELECT * FROM remote_query('x', 'y')

--@ select from table main hr f 1 | *
SELECT * FROM TABLE(main.hr.f(1))

--@ select from main hr f 1 | *
SELECT * FROM main.hr.f(1)

--@ select from cloud_files x | *
SELECT * FROM cloud_files('x')

--@ select from stream read_files x | *
SELECT * FROM STREAM read_files('x')

--@ select http_request a b | *
SELECT http_request('a','b')

--@ select ai_query m p | *
SELECT ai_query('m','p')

--@ select ai_query m p from orders | *
SELECT AI_QUERY('m','p') FROM orders

--@ select ai_query m p 2 | *
SELECT `ai_query`('m','p')

--@ select ai_gen x | *
SELECT ai_gen('x')

--@ select reflect java lang system exit | *
SELECT reflect('java.lang.System','exit')

--@ select java_method java lang system exit | *
SELECT java_method('java.lang.System','exit')

--@ select secret a b | *
SELECT secret('a','b')

--@ select try_secret a b | *
SELECT try_secret('a','b')

--@ select main demo my_udf 1 | *
SELECT main.demo.my_udf(1)

--@ select my_udf 1 | *
SELECT my_udf(1)

--@ select main evil sum 1 | *
SELECT main.evil.sum(1)

--@ select raise_error x | *
SELECT raise_error('x')

--@ select assert_true false | *
SELECT assert_true(false)

--@ select input_file_name from orders | *
SELECT input_file_name() FROM orders

--@ select transform a using bash c id as x from orders | *
SELECT TRANSFORM(a) USING 'bash -c id' AS (x) FROM orders

--@ select transform using cat from orders | *
SELECT TRANSFORM (*) USING 'cat' FROM orders

--@ from orders map a using bash | *
FROM orders MAP a USING 'bash'

--@ from orders reduce a using bash | *
FROM orders REDUCE a USING 'bash'

--@ drop table main sandbox x | *
DROP TABLE main.sandbox.x

--@ delete from main sandbox x | *
DELETE FROM main.sandbox.x

--@ update main sandbox x set a 1 | data_analyst, knowledge_curator
UPDATE main.sandbox.x SET a=1

--@ truncate table main sandbox x | *
TRUNCATE TABLE main.sandbox.x

--@ merge into main sandbox x t using orders s on t id s id when | *
MERGE INTO main.sandbox.x t USING orders s ON t.id=s.id WHEN MATCHED THEN DELETE

--@ alter table main sandbox x add column y int | data_analyst, knowledge_curator
ALTER TABLE main.sandbox.x ADD COLUMN y INT

--@ create table main demo x as select 1 | *
CREATE TABLE main.demo.x AS SELECT 1

--@ create table main hr x as select 1 | *
CREATE TABLE main.hr.x AS SELECT 1

--@ create view main sandbox v as select from hr salaries | *
CREATE VIEW main.sandbox.v AS SELECT * FROM hr.salaries

--@ create function main sandbox f returns int return 1 | *
CREATE FUNCTION main.sandbox.f() RETURNS INT RETURN 1

--@ create schema x | *
CREATE SCHEMA x

--@ create or replace table main sandbox x clone main hr salarie | *
CREATE OR REPLACE TABLE main.sandbox.x CLONE main.hr.salaries

--@ create table main sandbox x shallow clone main hr salaries | *
CREATE TABLE main.sandbox.x SHALLOW CLONE main.hr.salaries

--@ create table main sandbox x like main hr salaries | *
CREATE TABLE main.sandbox.x LIKE main.hr.salaries

--@ create table main sandbox x as select from hr salaries | *
CREATE TABLE main.sandbox.x AS SELECT * FROM hr.salaries

--@ insert into main sandbox x select from hr salaries | *
INSERT INTO main.sandbox.x SELECT * FROM hr.salaries

--@ insert into main sandbox x table hr salaries | *
INSERT INTO main.sandbox.x TABLE hr.salaries

--@ insert into main hr salaries select 1 | *
INSERT INTO main.hr.salaries SELECT 1

--@ insert overwrite main sandbox x select 1 | *
INSERT OVERWRITE main.sandbox.x SELECT 1

--@ insert overwrite directory tmp x select 1 | *
INSERT OVERWRITE DIRECTORY '/tmp/x' SELECT 1

--@ insert into main sandbox x replace where a 1 select 1 | *
INSERT INTO main.sandbox.x REPLACE WHERE a=1 SELECT 1

--@ insert into main sandbox x partition a 1 select 1 | *
INSERT INTO main.sandbox.x PARTITION (a=1) SELECT 1

--@ insert into csv tmp x select 1 | *
INSERT INTO csv.`/tmp/x` SELECT 1

--@ create table delta tmp x as select 1 | *
CREATE TABLE delta.`/tmp/x` AS SELECT 1

--@ create table main sandbox x using csv as select 1 | *
CREATE TABLE main.sandbox.x USING CSV AS SELECT 1

--@ create table main sandbox x using delta location s3 x as sel | *
CREATE TABLE main.sandbox.x USING DELTA LOCATION 's3://x' AS SELECT 1

--@ create external table main sandbox x as select 1 | *
CREATE EXTERNAL TABLE main.sandbox.x AS SELECT 1

--@ create temporary table main sandbox x as select 1 | *
CREATE TEMPORARY TABLE main.sandbox.x AS SELECT 1

--@ copy into main sandbox x from x fileformat csv | *
COPY INTO main.sandbox.x FROM '/x' FILEFORMAT = CSV

--@ load data inpath x into table main sandbox x | *
LOAD DATA INPATH '/x' INTO TABLE main.sandbox.x

--@ grant select on table x to y | *
GRANT SELECT ON TABLE x TO y

--@ revoke select on table x from y | *
REVOKE SELECT ON TABLE x FROM y

--@ set x 1 | *
SET x = 1

--@ set var x select 1 from hr salaries | *
SET VAR x = (SELECT 1 FROM hr.salaries)

--@ use main hr | *
USE main.hr

--@ use catalog main | *
USE CATALOG main

--@ declare x int | *
DECLARE x INT

--@ declare variable x int default select 1 from hr salaries | *
DECLARE VARIABLE x INT DEFAULT (SELECT 1 FROM hr.salaries)

--@ execute immediate select 1 | *
EXECUTE IMMEDIATE 'SELECT 1'

--@ begin select 1 end | *
BEGIN SELECT 1; END

--@ begin drop table x end | *
BEGIN DROP TABLE x; END

--@ call main demo p | *
CALL main.demo.p()

--@ show tables | *
SHOW TABLES

--@ show grants | *
SHOW GRANTS

--@ show catalogs | *
SHOW CATALOGS

--@ describe table hr salaries | *
DESCRIBE TABLE hr.salaries

--@ explain select from hr salaries | *
EXPLAIN SELECT * FROM hr.salaries

--@ optimize main sandbox x | *
OPTIMIZE main.sandbox.x

--@ vacuum main sandbox x | *
VACUUM main.sandbox.x

--@ restore table main sandbox x to version as of 1 | *
RESTORE TABLE main.sandbox.x TO VERSION AS OF 1

--@ refresh table x | *
REFRESH TABLE x

--@ cache table x as select 1 | *
CACHE TABLE x AS SELECT 1

--@ cache select from orders | *
CACHE SELECT * FROM orders

--@ clear cache | *
CLEAR CACHE

--@ uncache table x | *
UNCACHE TABLE x

--@ analyze table x compute statistics | *
ANALYZE TABLE x COMPUTE STATISTICS

--@ msck repair table x | *
MSCK REPAIR TABLE x

--@ add jar x | *
ADD JAR 'x'

--@ list s3 x | *
LIST 's3://x'

--@ list file | *
LIST FILE

--@ reset | *
RESET

--@ put a into b | *
PUT 'a' INTO 'b'

--@ get a to b | *
GET 'a' TO 'b'

--@ remove x | *
REMOVE 'x'

--@ comment on table x is y | *
COMMENT ON TABLE x IS 'y'

--@ undrop table x | *
UNDROP TABLE x

--@ sync schema a from b | *
SYNC SCHEMA a FROM b

--@ select 1 drop table x | *
SELECT 1; DROP TABLE x

--@ select 1 select 2 | *
SELECT 1;;SELECT 2

--@ no word | *
; ; 

--@ only a comment | *
-- only a comment

--@ only | *
/* only */

--@ select 1 into x | *
SELECT 1 INTO x

--@ select into main sandbox x from orders | *
SELECT * INTO main.sandbox.x FROM orders

--@ select from orders for update | *
SELECT * FROM orders FOR UPDATE

--@ table hr salaries | *
TABLE hr.salaries

--@ pipe x | *
PIPE x

--@ truncate x | *
TRUNCATE x

--@ select from hr salaries v1 | *
SELECT * FROM hr.salaries@v1

--@ select from main hr salaries v1 | *
SELECT * FROM main.hr.salaries@v1

--@ select from orders v1 | *
SELECT * FROM orders@v1

--@ select env home | *
SELECT ${env:HOME}

--@ select from t | *
SELECT * FROM ${t}

--@ select version | *
SELECT @@version

--@ select from a b c d | *
SELECT * FROM a.b.c.d

--@ select hr salaries x from hr salaries | *
SELECT hr.salaries.x FROM hr.salaries

--@ select 1 from orders main hr salaries | *
SELECT 1 FROM orders, `main.hr.salaries`

--@ select 1 from hr salaries | *
SELECT 1 FROM `hr`.salaries

--@ select from live x | *
SELECT * FROM LIVE.x

--@ select from orders join hr salaries on 1 1 | *
SELECT * FROM orders |> JOIN hr.salaries ON 1=1

--@ select from orders where a table hr salaries | *
SELECT * FROM orders WHERE a = (TABLE hr.salaries)

--@ select from range 10 hr salaries | *
SELECT * FROM range(10), hr.salaries

--@ select from explode array select 1 from hr salaries | *
SELECT * FROM explode(array((SELECT 1 FROM hr.salaries)))

--@ select event_log x | *
SELECT event_log('x')

--@ select from event_log table main hr salaries | *
SELECT * FROM event_log(TABLE(main.hr.salaries))

--@ select from list_secrets | *
SELECT * FROM list_secrets()

--@ select from sql_keywords | *
SELECT * FROM sql_keywords()

--@ select from ai_forecast table orders horizon 1 | *
SELECT * FROM ai_forecast(TABLE(orders), horizon => '1')

--@ select session_user is_account_group_member x | *
SELECT session_user(), is_account_group_member('x')

--@ select from read_kafka bootstrapservers x | *
SELECT * FROM read_kafka(bootstrapServers => 'x')

--@ select from main demo orders where ai_classify a array x x | *
SELECT * FROM main.demo.orders WHERE ai_classify(a, array('x')) = 'x'

--@ select cast http_request x as string | *
SELECT CAST(http_request('x') AS STRING)

--@ select from hr alaries | *
SELECT * FROM hr.ſalaries

--@ select from salaries | *
SELECT * FROM ｈｒ.salaries

--@ select columns x from orders | *
SELECT COLUMNS('x') FROM orders

--@ select from python_udtf table hr salaries | *
SELECT * FROM python_udtf(TABLE(hr.salaries))

--@ select getvariable x | *
SELECT getvariable('x')

--@ select version 2 | *
SELECT version()

--@ select current_metastore | *
SELECT current_metastore()

--@ select current_recipient x | *
SELECT current_recipient('x')

--@ select spark_partition_id | *
SELECT spark_partition_id()

--@ select java_method java util uuid randomuuid | *
SELECT java_method("java.util.UUID", "randomUUID")

--@ select from samples nyctaxi trips | *
SELECT * FROM samples.nyctaxi.trips

--@ select from hive_metastore default x | *
SELECT * FROM hive_metastore.default.x

--@ select from global_temp x | *
SELECT * FROM global_temp.x

--@ select from main demo aiops agent_spans | *
SELECT * FROM main.demo.`../aiops/agent_spans`

--@ select from main demo aiops x | *
SELECT * FROM main.`demo/../aiops`.x

--@ cross apply style lateral | * | hr.pay
SELECT * FROM main.demo.orders o, LATERAL (SELECT * FROM main.hr.pay p WHERE p.id = o.id) x

--@ union in a cte chain | * | hr.pay
WITH a AS (SELECT id FROM main.demo.orders), b AS (SELECT id FROM a UNION SELECT id FROM main.hr.pay) SELECT * FROM b

--@ recursive cte anchor reads | * | hr.pay
WITH RECURSIVE r AS (SELECT id, boss FROM main.hr.pay UNION ALL SELECT p.id, p.boss FROM main.demo.orders p JOIN r ON p.id = r.boss) SELECT * FROM r

--@ cte name does not hide its own body | * | hr.pay
WITH pay AS (SELECT * FROM hr.pay) SELECT * FROM pay

--@ cte in a subquery is not seen outside | * | main.hr.pay
SELECT * FROM (WITH hr AS (SELECT 1) SELECT * FROM hr) t JOIN hr.pay USING (id)

--@ a later cte is not seen by an earlier one | custom:reader | shop.core.late
WITH early AS (SELECT * FROM late), late AS (SELECT 1 AS a) SELECT * FROM early

--@ scalar subquery in a select list | * | hr.pay
SELECT (SELECT avg(p.amount) FROM hr.pay p WHERE p.id = o.id) FROM main.demo.orders o

--@ subquery in a join condition | * | hr.pay
SELECT * FROM main.demo.orders o JOIN main.demo.stores s ON o.id = (SELECT max(id) FROM hr.pay)

--@ subquery in a case | * | hr.pay
SELECT CASE (SELECT 1 FROM hr.pay) WHEN 1 THEN 2 END FROM main.demo.orders

--@ subquery in a filter clause | * | hr.pay
SELECT count(*) FILTER (WHERE id IN (SELECT id FROM hr.pay)) FROM main.demo.orders

--@ subquery in a window frame order | * | hr.pay
SELECT rank() OVER (PARTITION BY (SELECT min(id) FROM hr.pay) ORDER BY id) FROM main.demo.orders

--@ subquery in a named window | * | hr.pay
SELECT sum(x) OVER w FROM main.demo.orders WINDOW w AS (ORDER BY (SELECT 1 FROM hr.pay))

--@ subquery in a pivot source | * | hr.pay
SELECT * FROM (SELECT * FROM hr.pay) PIVOT (sum(a) FOR b IN (1, 2))

--@ subquery in an unpivot source | * | hr.pay
SELECT * FROM (SELECT * FROM hr.pay) UNPIVOT (v FOR k IN (a, b))

--@ subquery in a values list | * | hr.pay
SELECT * FROM VALUES ((SELECT 1 FROM hr.pay)) AS t(a)

--@ subquery in an array | * | hr.pay
SELECT array((SELECT id FROM hr.pay LIMIT 1), 1)

--@ subquery in a struct field | * | hr.pay
SELECT named_struct('a', (SELECT id FROM hr.pay LIMIT 1)).a

--@ subquery in between | * | hr.pay
SELECT 1 FROM main.demo.orders WHERE id BETWEEN (SELECT min(id) FROM hr.pay) AND 10

--@ subquery in like | * | hr.pay
SELECT 1 FROM main.demo.orders WHERE a LIKE (SELECT name FROM hr.pay)

--@ subquery under any | * | hr.pay
SELECT 1 FROM main.demo.orders WHERE a > ALL (SELECT id FROM hr.pay)

--@ subquery in an interval | * | hr.pay
SELECT current_date() - make_interval(0, 0, 0, (SELECT id FROM hr.pay)) FROM main.demo.orders

--@ subquery in offset | * | hr.pay
SELECT * FROM main.demo.orders LIMIT 1 OFFSET (SELECT id FROM hr.pay)

--@ subquery in tablesample | *
SELECT * FROM main.demo.orders TABLESAMPLE ((SELECT id FROM hr.pay) ROWS)

--@ subquery in qualify | * | hr.pay
SELECT * FROM main.demo.orders QUALIFY row_number() OVER (ORDER BY id) = (SELECT max(id) FROM hr.pay)

--@ subquery in group by | * | hr.pay
SELECT 1 FROM main.demo.orders GROUP BY (SELECT max(id) FROM hr.pay)

--@ subquery in lateral view argument | * | hr.pay
SELECT * FROM main.demo.orders LATERAL VIEW explode(array((SELECT id FROM hr.pay LIMIT 1))) e AS x

--@ subquery in a range argument | * | hr.pay
SELECT * FROM range((SELECT max(id) FROM hr.pay))

--@ except reads too | * | hr.pay
SELECT id FROM main.demo.orders EXCEPT SELECT id FROM hr.pay

--@ intersect reads too | * | hr.pay
SELECT id FROM main.demo.orders INTERSECT ALL SELECT id FROM hr.pay

--@ minus reads too | * | hr.pay
SELECT id FROM main.demo.orders MINUS SELECT id FROM hr.pay

--@ semi join | * | hr.pay
SELECT * FROM main.demo.orders o LEFT SEMI JOIN hr.pay p ON o.id = p.id

--@ anti join | * | hr.pay
SELECT * FROM main.demo.orders o ANTI JOIN hr.pay p ON o.id = p.id

--@ natural join | * | hr.pay
SELECT * FROM main.demo.orders NATURAL JOIN hr.pay

--@ join in parentheses | * | hr.pay
SELECT * FROM (main.demo.orders o JOIN hr.pay p ON o.id = p.id)

--@ alias that looks granted | * | hr.pay
SELECT orders.* FROM hr.pay AS orders

--@ quoted schema | * | hr.pay
SELECT * FROM `hr`.`pay`

--@ quoted with other case | * | pay
SELECT * FROM `MAIN`.`Hr`.`PAY`

--@ spaces and line breaks between parts | * | hr.pay
SELECT * FROM main
  .
  hr
  . pay

--@ time travel does not widen scope | * | hr.pay
SELECT * FROM hr.pay VERSION AS OF 1

--@ timestamp travel does not widen scope | * | hr.pay
SELECT * FROM hr.pay TIMESTAMP AS OF '2026-01-01'

--@ parameter does not widen scope | * | hr.pay
SELECT * FROM hr.pay WHERE id = :id

--@ identifier of a literal out of scope | * | hr.pay
SELECT * FROM IDENTIFIER('main.hr.pay')

--@ identifier of a joined text | * | identifier
SELECT * FROM IDENTIFIER('main.demo' || '.orders')

--@ identifier of a parameter | * | identifier
SELECT * FROM IDENTIFIER(:t)

--@ identifier of a literal and a part | * | identifier
SELECT * FROM IDENTIFIER('main.hr').pay

--@ identifier as a column | * | identifier
SELECT IDENTIFIER('salary') FROM main.demo.orders

--@ identifier as a function name | *
SELECT IDENTIFIER('reflect')('java.lang.Runtime', 'x')

--@ path in an identifier | * | path
SELECT * FROM IDENTIFIER('csv.`/etc/passwd`')

--@ pipe syntax reads | * | hr.pay
FROM main.demo.orders |> JOIN hr.pay USING (id) |> SELECT id

--@ from first | * | hr.pay
FROM hr.pay SELECT *

--@ information schema of the session | data_engineer, data_analyst, knowledge_curator | information_schema
SELECT * FROM information_schema.columns

--@ information schema with case | data_engineer, data_analyst, knowledge_curator | information_schema
SELECT * FROM main.INFORMATION_SCHEMA.tables

--@ information schema quoted | data_engineer, data_analyst, knowledge_curator | information_schema
SELECT * FROM main.`information_schema`.`tables`

--@ system billing | data_engineer, data_analyst, knowledge_curator | system.billing.usage
SELECT * FROM system.billing.usage

--@ state schema for admin | * admin | aiops
SELECT * FROM main.aiops.agent_messages

--@ state schema under a cte for admin | * admin | aiops
WITH aiops AS (SELECT 1) SELECT * FROM aiops.agent_messages

--@ state schema in an update s subquery | * admin | aiops
UPDATE main.sandbox.t SET a = (SELECT max(x) FROM main.aiops.agent_messages)

--@ write to the state schema | * admin | aiops
INSERT INTO main.aiops.agent_messages SELECT 1

--@ drop of a state table | * admin
DROP TABLE main.aiops.agent_messages

--@ rename into the state schema | * admin
ALTER TABLE main.sandbox.t RENAME TO main.aiops.agent_messages

--@ view into the state schema | * admin
CREATE VIEW main.aiops.v AS SELECT 1

--@ description of a state table | * admin | aiops
DESCRIBE HISTORY main.aiops.agent_messages

--@ explanation of a state read | * admin | aiops
EXPLAIN SELECT * FROM main.aiops.agent_messages

--@ list of the state schema | * admin | aiops
SHOW TABLES IN main.aiops

--@ forbidden table of a custom policy | custom:writer, custom:owner | shop.core.cards
SELECT * FROM cards

--@ forbidden table in a merge source | custom:writer, custom:owner | shop.core.cards
MERGE INTO shop.stage.t t USING cards c ON t.id = c.id WHEN NOT MATCHED THEN INSERT *

--@ another table of a schema with one granted | custom:reader | shop.core.orders
SELECT * FROM shop.core.orders

--@ nothing is granted to nobody | custom:nobody | shop.core.sales
SELECT * FROM sales

--@ listing of a schema with one granted table | custom:reader | list
SHOW TABLES IN shop.core

--@ listing of a catalog with a granted schema | custom:writer, custom:reader | list
SHOW SCHEMAS IN shop

--@ columns of an ungranted table | custom:reader | shop.core.orders
SHOW COLUMNS IN orders

--@ csv path | * admin | path
SELECT * FROM csv.`dbfs:/tmp/a.csv`

--@ delta path | * admin | path
SELECT * FROM DELTA.`s3://bucket/t`

--@ path with time travel | * admin
SELECT * FROM delta.`/mnt/t` VERSION AS OF 1

--@ path with a version suffix | * admin
SELECT * FROM delta.`/mnt/t@v1`

--@ path as a quoted name | * admin
SELECT * FROM `/mnt/t`

--@ volume path | * admin
SELECT * FROM `/Volumes/main/demo/files/a.json`

--@ text in place of a table | * admin
SELECT * FROM 'dbfs:/x'

--@ parquet with three parts | * admin
SELECT * FROM main.parquet.`/x`

--@ insert into a path | * admin
INSERT INTO delta.`/tmp/t` SELECT 1

--@ update of a path | * admin
UPDATE delta.`/tmp/t` SET a = 1

--@ delete from a path | * admin
DELETE FROM delta.`/tmp/t`

--@ merge into a path | * admin
MERGE INTO delta.`/tmp/t` t USING main.demo.orders s ON t.a = s.a WHEN MATCHED THEN DELETE

--@ drop of a path | * admin
DROP TABLE delta.`/tmp/t`

--@ alter of a path | * admin
ALTER TABLE delta.`/tmp/t` ADD COLUMN a INT

--@ view over a path | * admin
CREATE VIEW main.sandbox.v AS SELECT * FROM json.`/tmp/x`

--@ description of a path | * admin
DESCRIBE DETAIL delta.`/tmp/t`

--@ history of a path | * admin
DESCRIBE HISTORY '/tmp/t'

--@ table at a location | * admin
CREATE TABLE main.sandbox.t (a INT) LOCATION 's3://x/t'

--@ table with options | * admin
CREATE TABLE main.sandbox.t USING DELTA OPTIONS ('path' = 's3://x') AS SELECT 1

--@ table using csv | * admin
CREATE TABLE main.sandbox.t (a INT) USING CSV

--@ table using jdbc | * admin
CREATE TABLE main.sandbox.t USING JDBC OPTIONS (url 'jdbc:x', dbtable 'y')

--@ property with a path | * admin
CREATE TABLE main.sandbox.t (a INT) TBLPROPERTIES ('location' = 's3://x')

--@ unknown delta property | * admin
CREATE TABLE main.sandbox.t (a INT) TBLPROPERTIES ('delta.universalFormat.enabledFormats' = 'iceberg')

--@ external table | * admin
CREATE EXTERNAL TABLE main.sandbox.t (a INT) LOCATION 's3://x'

--@ overwrite of a directory | * admin
INSERT OVERWRITE DIRECTORY 's3://x' USING CSV SELECT * FROM main.demo.orders

--@ overwrite of a local directory | * admin
INSERT OVERWRITE LOCAL DIRECTORY '/tmp' SELECT 1

--@ copy into | * admin
COPY INTO main.sandbox.t FROM 's3://x' FILEFORMAT = PARQUET

--@ load data | * admin
LOAD DATA LOCAL INPATH '/etc/passwd' INTO TABLE main.sandbox.t

--@ put | * admin
PUT '/etc/passwd' INTO '/Volumes/main/demo/x'

--@ get | * admin
GET '/Volumes/main/demo/x' TO '/tmp'

--@ list of a bucket | * admin
LIST 's3://bucket'

--@ remove | * admin
REMOVE '/Volumes/main/demo/x'

--@ ai_query in a merge | * admin | ai_query
MERGE INTO main.sandbox.t t USING main.demo.orders s ON t.id = s.id WHEN MATCHED THEN UPDATE SET t.a = ai_query('m', s.a)

--@ ai_query in a view | * admin | ai_query
CREATE VIEW main.sandbox.v AS SELECT ai_query('m', a) AS x FROM main.demo.orders

--@ ai_query as a column default | * admin | ai_query
CREATE TABLE main.sandbox.t (a STRING DEFAULT ai_query('m', 'x'))

--@ http_request in an insert | * admin | http_request
INSERT INTO main.sandbox.t VALUES (http_request(conn => 'x', method => 'GET', path => '/'))

--@ secret in a delete condition | * admin | secret
DELETE FROM main.sandbox.t WHERE a = secret('scope', 'key')

--@ reflect in an update | * admin | reflect
UPDATE main.sandbox.t SET a = reflect('java.lang.System', 'getenv') WHERE id = 1

--@ reflect in quotes | * admin | reflect
SELECT `reflect`('java.lang.System', 'getProperty', 'user.name')

--@ reflect with a comment before the bracket | * admin | reflect
SELECT reflect /* x */ ('java.lang.System', 'getenv')

--@ try_reflect | * admin | try_reflect
SELECT try_reflect('java.lang.System', 'getenv')

--@ java_method in a lambda | * admin | java_method
SELECT transform(array(1), x -> java_method('java.util.UUID', 'randomUUID'))

--@ ai functions in a window | * admin | ai_classify
SELECT max(ai_classify(a, array('x', 'y'))) OVER () FROM main.demo.orders

--@ ai_forecast as a table | * admin | ai_forecast
SELECT * FROM ai_forecast(TABLE(main.demo.orders), horizon => '2027-01-01', time_col => 'd', value_col => 'v')

--@ vector_search as a table | * admin
SELECT * FROM vector_search(index => 'main.hr.idx', query_text => 'pay', num_results => 5)

--@ read_files as a table | * admin | read_files
SELECT * FROM read_files('/Volumes/main/demo/x', format => 'csv')

--@ read_files with stream | * admin
SELECT * FROM STREAM read_files('/Volumes/x')

--@ read_kafka | * admin
SELECT * FROM read_kafka(bootstrapServers => 'evil:9092', subscribe => 't')

--@ remote_query | * admin
SELECT * FROM remote_query('conn', query => 'SELECT 1')

--@ table_changes hides a table | *
SELECT * FROM table_changes('main.hr.pay', 1)

--@ event_log hides a table | * admin
SELECT * FROM event_log(TABLE(main.hr.pay))

--@ stream of a table | * admin
SELECT * FROM STREAM main.demo.orders

--@ table valued user function | * admin
SELECT * FROM main.demo.leak('x')

--@ user function of one part | * admin | my_function
SELECT my_function(a) FROM main.demo.orders

--@ user function of two parts | * admin
SELECT demo.upper(a) FROM main.demo.orders

--@ user function of three parts with a known name | * admin
SELECT main.evil.sum(a) FROM main.demo.orders

--@ user function as a lateral | * admin
SELECT * FROM main.demo.orders, LATERAL main.evil.f(a) x

--@ fullwidth function name | * admin
SELECT ｒeflect('a', 'b')

--@ long s in a function name | * admin
SELECT maſk(a) FROM main.demo.orders

--@ kelvin sign in a function name | * admin
SELECT masK(a) FROM main.demo.orders

--@ who else is in a group | * admin | is_account_group_member
SELECT is_account_group_member('admins')

--@ is_member | * admin | is_member
SELECT is_member('admins')

--@ variable of the session | * admin
SELECT getvariable('x')

--@ input_file_name | * admin | input_file_name
SELECT input_file_name() FROM main.demo.orders

--@ raise_error in a case | * admin | raise_error
SELECT CASE WHEN a = 1 THEN raise_error(b) END FROM main.demo.orders

--@ transform using a program | * admin
SELECT TRANSFORM(a, b) USING 'python x.py' AS (c, d) FROM main.demo.orders

--@ transform in a subquery | * admin
SELECT * FROM (SELECT TRANSFORM(a) USING 'cat' FROM main.demo.orders) t

--@ map using a program | * admin
FROM main.demo.orders MAP a USING 'sh' AS (b)

--@ env substitution | * admin
SELECT '${env:DATABRICKS_TOKEN}'

--@ conf substitution in a name | * admin
SELECT * FROM main.demo.`${spark.x}`

--@ substitution in a comparison | * admin
SELECT 1 FROM main.demo.orders WHERE a = '${hiveconf:x}'

--@ second statement | * admin
SELECT 1 FROM main.demo.orders; DELETE FROM main.sandbox.t

--@ second statement after a comment | * admin
SELECT 1 /* ; */; -- ;
DROP TABLE main.sandbox.t

--@ write first read second | * admin
DROP TABLE main.sandbox.t; SELECT 1

--@ script | * admin
BEGIN DELETE FROM main.sandbox.t; END

--@ script with a label | * admin
l: BEGIN SELECT 1; END l

--@ if in a script | * admin
IF 1 = 1 THEN SELECT 1; END IF

--@ execute immediate | * admin
EXECUTE IMMEDIATE 'DROP TABLE main.sandbox.t'

--@ declare | * admin
DECLARE OR REPLACE x INT DEFAULT 1

--@ set variable | * admin
SET VAR x = (SELECT max(id) FROM main.demo.orders)

--@ set configuration | * admin
SET spark.sql.ansi.enabled = false

--@ set time zone | * admin
SET TIME ZONE 'UTC'

--@ reset 2 | * admin
RESET spark.sql.x

--@ use schema | * admin
USE SCHEMA hr

--@ use catalog | * admin
USE CATALOG system

--@ set catalog | * admin
SET CATALOG system

--@ call | * admin
CALL main.demo.proc(1)

--@ call by name | * admin
CALL main.demo.proc(a => 1)

--@ explain of a write | * admin | query
EXPLAIN INSERT INTO main.sandbox.t SELECT 1

--@ explain of two statements | * admin
EXPLAIN SELECT 1; DROP TABLE main.sandbox.t

--@ explain of explain | * admin
EXPLAIN EXPLAIN SELECT 1

--@ explain of nothing | * admin
EXPLAIN

--@ explain of an ungranted read | * | hr.pay
EXPLAIN EXTENDED SELECT * FROM hr.pay

--@ create schema | * admin
CREATE SCHEMA main.x

--@ create database | * admin
CREATE DATABASE IF NOT EXISTS x

--@ drop schema | * admin
DROP SCHEMA main.sandbox

--@ drop schema cascade | * admin
DROP SCHEMA main.sandbox CASCADE

--@ drop database | * admin
DROP DATABASE sandbox

--@ alter schema | * admin
ALTER SCHEMA main.sandbox SET OWNER TO `x`

--@ create catalog | * admin
CREATE CATALOG x

--@ drop catalog | * admin
DROP CATALOG main CASCADE

--@ create function | * admin
CREATE FUNCTION main.sandbox.f(x INT) RETURNS INT RETURN x + 1

--@ create python function | * admin
CREATE OR REPLACE FUNCTION main.sandbox.f(x INT) RETURNS INT LANGUAGE PYTHON AS $$ return x $$

--@ create temporary function | * admin
CREATE TEMPORARY FUNCTION f AS 'com.x.F' USING JAR 's3://x'

--@ drop function | * admin
DROP FUNCTION main.sandbox.f

--@ create volume | * admin
CREATE VOLUME main.sandbox.v

--@ drop volume | * admin
DROP VOLUME main.sandbox.v

--@ create connection | * admin
CREATE CONNECTION c TYPE postgresql OPTIONS (host 'x')

--@ create share | * admin
CREATE SHARE s

--@ add a table to a share | * admin
ALTER SHARE s ADD TABLE main.demo.orders

--@ create external location | * admin
CREATE EXTERNAL LOCATION l URL 's3://x' WITH (STORAGE CREDENTIAL c)

--@ create materialized view | * admin
CREATE MATERIALIZED VIEW main.sandbox.v AS SELECT 1

--@ create temporary view | * admin
CREATE OR REPLACE TEMPORARY VIEW v AS SELECT * FROM main.demo.orders

--@ create temp view | * admin
CREATE TEMP VIEW v AS SELECT 1

--@ create global temporary view | * admin
CREATE GLOBAL TEMPORARY VIEW v AS SELECT 1

--@ create streaming table | * admin
CREATE OR REFRESH STREAMING TABLE main.sandbox.t AS SELECT * FROM STREAM main.demo.orders

--@ metric view | * admin
CREATE VIEW main.sandbox.v WITH METRICS LANGUAGE YAML AS $$ version: 0.1 $$

--@ view with a schema binding | * admin
CREATE VIEW main.sandbox.v WITH SCHEMA EVOLUTION AS SELECT 1

--@ clone of a table | * admin
CREATE TABLE main.sandbox.t DEEP CLONE main.demo.orders

--@ like of a table | * admin
CREATE TABLE main.sandbox.t LIKE main.demo.orders

--@ table without anything | * admin
CREATE TABLE main.sandbox.t

--@ identity column | * admin
CREATE TABLE main.sandbox.t (a BIGINT GENERATED BY DEFAULT AS IDENTITY)

--@ generated column | * admin
CREATE TABLE main.sandbox.t (a INT, b INT GENERATED ALWAYS AS (a + 1))

--@ check constraint in a definition | * admin
CREATE TABLE main.sandbox.t (a INT, CONSTRAINT c CHECK (a > 1))

--@ foreign key to another table | * admin
CREATE TABLE main.sandbox.t (a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES main.hr.pay (id))

--@ masked column | * admin
CREATE TABLE main.sandbox.t (a STRING MASK main.hr.mask)

--@ row filter | * admin
ALTER TABLE main.sandbox.t SET ROW FILTER main.hr.f ON (a)

--@ no row filter | * admin
ALTER TABLE main.sandbox.t DROP ROW FILTER

--@ no mask | * admin
ALTER TABLE main.sandbox.t ALTER COLUMN a DROP MASK

--@ owner of a table | * admin
ALTER TABLE main.sandbox.t OWNER TO `x@y.z`

--@ location of a table | * admin
ALTER TABLE main.sandbox.t SET LOCATION 's3://x'

--@ properties of a table | * admin
ALTER TABLE main.sandbox.t SET TBLPROPERTIES ('delta.appendOnly' = 'false')

--@ tags of a table | * admin
ALTER TABLE main.sandbox.t SET TAGS ('a' = 'b')

--@ type of a column | * admin
ALTER TABLE main.sandbox.t ALTER COLUMN a TYPE BIGINT

--@ partition dropped | * admin
ALTER TABLE main.sandbox.t DROP PARTITION (a = 1)

--@ constraint added | * admin
ALTER TABLE main.sandbox.t ADD CONSTRAINT c CHECK (a > 1)

--@ clustering changed | * admin
ALTER TABLE main.sandbox.t CLUSTER BY (a)

--@ view altered | *
ALTER VIEW main.sandbox.v AS SELECT * FROM main.hr.pay

--@ view renamed | * admin
ALTER VIEW main.sandbox.v RENAME TO main.sandbox.w

--@ grant | * admin
GRANT ALL PRIVILEGES ON SCHEMA main.hr TO `x@y.z`

--@ revoke | * admin
REVOKE SELECT ON TABLE main.demo.orders FROM `x@y.z`

--@ deny | * admin
DENY SELECT ON TABLE main.demo.orders TO `x`

--@ optimize | * admin
OPTIMIZE main.sandbox.t ZORDER BY (a)

--@ vacuum | * admin
VACUUM main.sandbox.t RETAIN 0 HOURS

--@ restore | * admin
RESTORE TABLE main.sandbox.t TO VERSION AS OF 0

--@ refresh | * admin
REFRESH TABLE main.demo.orders

--@ refresh materialized view | * admin
REFRESH MATERIALIZED VIEW main.demo.v

--@ analyze | * admin
ANALYZE TABLE main.demo.orders COMPUTE STATISTICS FOR ALL COLUMNS

--@ repair | * admin
MSCK REPAIR TABLE main.demo.orders

--@ fsck | * admin
FSCK REPAIR TABLE main.demo.orders

--@ reorg | * admin
REORG TABLE main.sandbox.t APPLY (PURGE)

--@ convert | * admin
CONVERT TO DELTA parquet.`/x`

--@ generate | * admin
GENERATE symlink_format_manifest FOR TABLE main.demo.orders

--@ undrop | * admin
UNDROP TABLE main.sandbox.t

--@ sync | * admin
SYNC TABLE main.demo.x FROM hive_metastore.a.x

--@ cache | * admin
CACHE SELECT * FROM main.demo.orders

--@ cache table | * admin
CACHE LAZY TABLE x AS SELECT * FROM main.demo.orders

--@ uncache | * admin
UNCACHE TABLE IF EXISTS x

--@ clear cache 2 | * admin
CLEAR CACHE

--@ add jar | * admin
ADD JAR '/tmp/x.jar'

--@ add file | * admin
ADD FILE '/etc/passwd'

--@ list jars | * admin
LIST JARS

--@ kill | * admin
KILL 1

--@ begin transaction | * admin
START TRANSACTION

--@ commit | * admin
COMMIT

--@ comment on a schema | * admin
COMMENT ON SCHEMA main.demo IS 'x'

--@ comment on a catalog | * admin
COMMENT ON CATALOG main IS 'x'

--@ comment on a volume | * admin
COMMENT ON VOLUME main.demo.v IS 'x'

--@ show grants 2 | data_engineer, data_analyst, knowledge_curator
SHOW GRANTS ON TABLE main.demo.orders

--@ show catalogs 2 | data_engineer, data_analyst, knowledge_curator
SHOW CATALOGS

--@ show users | data_engineer, data_analyst, knowledge_curator
SHOW USERS

--@ show connections | data_engineer, data_analyst, knowledge_curator
SHOW CONNECTIONS

--@ show functions | * admin
SHOW FUNCTIONS

--@ show volumes | * admin
SHOW VOLUMES IN main.demo

--@ show partitions | * admin
SHOW PARTITIONS main.demo.orders

--@ show table extended | * admin
SHOW TABLE EXTENDED IN main.demo LIKE 'x'

--@ show credentials | * admin
SHOW STORAGE CREDENTIALS

--@ show tables of the session | * admin
SHOW TABLES

--@ show tables elsewhere | * | main.hr
SHOW TABLES IN main.hr

--@ show with a second statement | * admin
SHOW TABLES IN main.demo; DROP TABLE main.sandbox.t

--@ show with a hidden second statement | * admin
SHOW /* x */ TABLES IN main.demo -- y
; DELETE FROM main.sandbox.t

--@ show tables with a quote in the pattern | * admin
SHOW TABLES IN main.demo LIKE 'a\'; DROP TABLE x'

--@ describe elsewhere | * | hr.pay
DESCRIBE hr.pay

--@ describe history elsewhere | * | hr.pay
DESC HISTORY main.hr.pay

--@ describe detail elsewhere | * | hr.pay
DESCRIBE DETAIL hr.pay

--@ show create elsewhere | * | hr.pay
SHOW CREATE TABLE hr.pay

--@ describe a schema | * admin
DESCRIBE SCHEMA EXTENDED main.demo

--@ describe a catalog | * admin
DESCRIBE CATALOG main

--@ describe a function | * admin
DESCRIBE FUNCTION EXTENDED upper

--@ describe a query | * admin
DESCRIBE QUERY SELECT 1

--@ describe a connection | * admin
DESCRIBE CONNECTION c

--@ engineer deletes | data_engineer, data_analyst, knowledge_curator | delete
DELETE FROM main.sandbox.t WHERE id = 1

--@ engineer deletes with a cte | data_engineer, data_analyst, knowledge_curator
WITH q AS (SELECT 1 AS id) DELETE FROM main.sandbox.t WHERE id IN (SELECT id FROM q)

--@ engineer truncates | data_engineer, data_analyst, knowledge_curator | truncate
TRUNCATE TABLE main.sandbox.t

--@ engineer drops | data_engineer, data_analyst, knowledge_curator | drop
DROP TABLE IF EXISTS main.sandbox.t

--@ engineer drops a view | data_engineer, data_analyst, knowledge_curator | drop
DROP VIEW main.sandbox.v

--@ engineer drops a column | data_engineer, data_analyst, knowledge_curator | drop
ALTER TABLE main.sandbox.t DROP COLUMN a

--@ engineer merges with a delete | data_engineer, data_analyst, knowledge_curator | merge_delete
MERGE INTO main.sandbox.t t USING main.demo.orders s ON t.id = s.id WHEN MATCHED AND s.gone THEN DELETE WHEN NOT MATCHED THEN INSERT *

--@ engineer merges with a delete by source | data_engineer, data_analyst, knowledge_curator | merge_delete
MERGE INTO main.sandbox.t t USING main.demo.orders s ON t.id = s.id WHEN NOT MATCHED BY SOURCE THEN DELETE

--@ engineer overwrites | data_engineer, data_analyst, knowledge_curator | insert_overwrite
INSERT OVERWRITE TABLE main.sandbox.t SELECT * FROM main.demo.orders

--@ engineer overwrites by name | data_engineer, data_analyst, knowledge_curator | insert_overwrite
INSERT OVERWRITE main.sandbox.t BY NAME SELECT 1 AS a

--@ engineer replaces rows | data_engineer, data_analyst, knowledge_curator
INSERT INTO main.sandbox.t REPLACE WHERE a = 1 SELECT * FROM main.demo.orders

--@ engineer writes a partition | data_engineer, data_analyst, knowledge_curator
INSERT INTO main.sandbox.t PARTITION (d = '2026-01-01') SELECT 1

--@ engineer writes where he only reads | data_engineer, data_analyst, knowledge_curator | main.demo.orders
INSERT INTO main.demo.orders VALUES (1)

--@ engineer updates where he only reads | data_engineer, data_analyst, knowledge_curator | main.demo.orders
UPDATE main.demo.orders SET a = 1 WHERE id = 2

--@ engineer merges where he only reads | data_engineer, data_analyst, knowledge_curator | main.demo.orders
MERGE INTO main.demo.orders t USING main.sandbox.s s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *

--@ engineer renames out of his scope | data_engineer, data_analyst, knowledge_curator | main.demo.t
ALTER TABLE main.sandbox.t RENAME TO main.demo.t

--@ engineer renames into his scope | data_engineer, data_analyst, knowledge_curator | main.demo.orders
ALTER TABLE main.demo.orders RENAME TO main.sandbox.orders

--@ engineer comments where he only reads | data_engineer, data_analyst, knowledge_curator | main.demo.orders
COMMENT ON COLUMN main.demo.orders.id IS 'x'

--@ engineer comments on the default schema | data_engineer, data_analyst, knowledge_curator | main.demo.t
COMMENT ON TABLE t IS 'x'

--@ write with an ungranted subquery in set | data_engineer, data_analyst, knowledge_curator | hr.pay
UPDATE main.sandbox.t SET a = (SELECT max(amount) FROM hr.pay) WHERE id = 1

--@ write with an ungranted subquery in where | data_engineer, data_analyst, knowledge_curator | hr.pay
UPDATE main.sandbox.t SET a = 1 WHERE id IN (SELECT id FROM hr.pay)

--@ merge with an ungranted source | data_engineer, data_analyst, knowledge_curator | hr.pay
MERGE INTO main.sandbox.t t USING hr.pay s ON t.id = s.id WHEN NOT MATCHED THEN INSERT *

--@ merge with an ungranted source in a subquery | data_engineer, data_analyst, knowledge_curator | hr.pay
MERGE INTO main.sandbox.t t USING (SELECT * FROM hr.pay) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET t.a = s.a

--@ merge with an ungranted table in on | data_engineer, data_analyst, knowledge_curator | hr.pay
MERGE INTO main.sandbox.t t USING main.demo.orders s ON t.id = (SELECT max(id) FROM hr.pay) WHEN MATCHED THEN UPDATE SET t.a = s.a

--@ merge with an ungranted table in a condition | data_engineer, data_analyst, knowledge_curator | hr.pay
MERGE INTO main.sandbox.t t USING main.demo.orders s ON t.id = s.id WHEN MATCHED AND EXISTS (SELECT 1 FROM hr.pay) THEN UPDATE SET t.a = s.a

--@ merge with an ungranted table in values | data_engineer, data_analyst, knowledge_curator | hr.pay
MERGE INTO main.sandbox.t t USING main.demo.orders s ON t.id = s.id WHEN NOT MATCHED THEN INSERT (id) VALUES ((SELECT max(id) FROM hr.pay))

--@ insert of an ungranted read | data_engineer, data_analyst, knowledge_curator | hr.pay
INSERT INTO main.sandbox.t WITH x AS (SELECT * FROM hr.pay) SELECT * FROM x

--@ insert of an ungranted value | data_engineer, data_analyst, knowledge_curator | hr.pay
INSERT INTO main.sandbox.t VALUES ((SELECT max(amount) FROM hr.pay))

--@ insert of an ungranted table | data_engineer, data_analyst, knowledge_curator | hr.pay
INSERT INTO main.sandbox.t TABLE hr.pay

--@ view over an ungranted table | data_engineer, data_analyst, knowledge_curator | hr.pay
CREATE OR REPLACE VIEW main.sandbox.v AS SELECT * FROM main.demo.orders WHERE id IN (SELECT id FROM hr.pay)

--@ default with a subquery | data_engineer, data_analyst, knowledge_curator | hr.pay
CREATE TABLE main.sandbox.t (a INT DEFAULT (SELECT max(id) FROM hr.pay))

--@ insert into several tables | * admin
FROM main.demo.orders INSERT INTO main.sandbox.a SELECT id INSERT INTO main.sandbox.b SELECT id

--@ update from | * admin
UPDATE main.sandbox.t SET a = s.a FROM main.demo.orders s WHERE t.id = s.id

--@ update of a join | * admin
UPDATE main.sandbox.t JOIN main.demo.orders s ON t.id = s.id SET a = 1

--@ delete using | * admin
DELETE FROM main.sandbox.t USING main.demo.orders s WHERE t.id = s.id

--@ delete with returning | * admin
DELETE FROM main.sandbox.t WHERE id = 1 RETURNING *

--@ delete with a limit | * admin
DELETE FROM main.sandbox.t WHERE id = 1 LIMIT 5

--@ insert or replace | * admin
INSERT OR REPLACE INTO main.sandbox.t SELECT 1

--@ insert ignore | * admin
INSERT IGNORE INTO main.sandbox.t SELECT 1

--@ replace into | * admin
REPLACE INTO main.sandbox.t SELECT 1

--@ on conflict | * admin
INSERT INTO main.sandbox.t VALUES (1) ON CONFLICT DO NOTHING

--@ several tables dropped | * admin
DROP TABLE main.sandbox.a, main.demo.orders

--@ several tables truncated | * admin
TRUNCATE TABLE main.sandbox.a, main.demo.orders

--@ partition truncated | * admin
TRUNCATE TABLE main.sandbox.t PARTITION (d = 1)

--@ write in a cte | * admin
WITH gone AS (DELETE FROM main.sandbox.t RETURNING *) SELECT * FROM gone

--@ write in a subquery | * admin
SELECT * FROM (INSERT INTO main.sandbox.t SELECT 1)

--@ select into | * admin
SELECT * INTO main.sandbox.t FROM main.demo.orders

--@ lock | * admin
SELECT * FROM main.demo.orders FOR UPDATE

--@ custom role may not update | custom:writer | update
UPDATE shop.stage.t SET a = 1 WHERE id = 2

--@ custom role denied delete may not truncate | custom:writer | truncate
TRUNCATE TABLE shop.stage.t

--@ custom role denied delete may not merge with it | custom:writer | merge_delete
MERGE INTO shop.stage.t t USING sales s ON t.id = s.id WHEN MATCHED THEN DELETE

--@ custom role may not replace what it may not create | custom:writer | replace_table
CREATE OR REPLACE TABLE shop.stage.t AS SELECT 1 AS a

--@ custom role may not merge into what it may not read | custom:loader | shop.raw.events
MERGE INTO shop.raw.events t USING sales s ON t.id = s.id WHEN MATCHED THEN UPDATE SET *

--@ right to left override | * admin
SELECT * FROM main.demo.orders -- ‮

--@ zero width space in a name | * admin
SELECT * FROM main.demo.ord​ers

--@ fullwidth schema | * admin
SELECT * FROM main.ｄemo.orders

--@ long s in a table | * admin
SELECT * FROM main.demo.orderſ

--@ kelvin sign in a cte name | * admin
WITH ranK AS (SELECT 1) SELECT * FROM rank

--@ several names in one quote | * admin
SELECT * FROM `main.demo.orders`

--@ quoted dots in two parts | * admin
SELECT * FROM main.`demo.orders`

--@ backquote in a name | * admin
SELECT * FROM main.demo.`a``; DROP TABLE x`

--@ four parts | * admin
SELECT * FROM x.main.demo.orders

--@ empty name | * admin
SELECT * FROM main.``.orders

--@ positional parameter | * admin
SELECT * FROM main.demo.orders WHERE id = ?

--@ templating | * admin
SELECT * FROM {{ table }}

--@ dollar quoting | * admin
SELECT * FROM $$main.hr.pay$$

--@ at variable | * admin
SELECT @@version

--@ version suffix | * admin
SELECT * FROM main.demo.orders@v1

--@ distinct on | * admin
SELECT DISTINCT ON (a) a FROM main.demo.orders

--@ unfinished text | * admin
SELECT 'a FROM main.demo.orders

--@ unfinished comment | * admin
SELECT 1 /* FROM main.demo.orders

--@ lookalike letter in a schema | * admin
SELECT * FROM main.`аiops`.approval_grants

--@ lookalike letter in a table that is dropped | * admin
DROP TABLE main.demo.`оrders`

--@ lookalike letter in a table that is made | data_engineer admin
CREATE TABLE main.sandbox.`аb` AS SELECT 1 AS a

--@ name of lookalike letters only | * admin
SELECT * FROM main.demo.`оссасо`

--@ with that is no query | * admin
WITH q AS (1) SELECT 1 AS a

--@ with over a listing | * admin
WITH q AS (LIST 's3://bucket/') SELECT 1 AS a

--@ exists that is no query | * admin
SELECT 1 AS a WHERE EXISTS (1)

--@ type that is none | * admin
SELECT CAST(1 AS LIST) AS a

--@ type that is sent as another | * admin
SELECT CAST('a' AS UUID) AS a
