WITH told AS (
    SELECT
        COALESCE(e.story_id, d.id) AS story_id,
        d.id,
        d.kind,
        d.title,
        d.url,
        d.source_id,
        d.published_on,
        d.published_at,
        d.counted_on,
        ROW_NUMBER() OVER (
            PARTITION BY COALESCE(e.story_id, d.id)
            ORDER BY
                CASE WHEN d.published_on IS NULL THEN 1 ELSE 0 END,
                d.published_on,
                CASE WHEN d.published_at IS NULL THEN 1 ELSE 0 END,
                d.published_at,
                d.collected_at,
                d.id
        ) AS place
    FROM documents AS d
    LEFT JOIN enrichments AS e ON e.document_id = d.id
),
told_by AS (
    SELECT story_id, COUNT(*) AS documents, MIN(counted_on) AS first_day, MAX(counted_on) AS last_day
    FROM told
    GROUP BY story_id
),
seen AS (
    SELECT t.story_id, COUNT(*) AS mentions, COUNT(DISTINCT m.source_id) AS sources
    FROM told AS t
    JOIN mentions AS m ON m.document_id = t.id
    GROUP BY t.story_id
)
SELECT
    f.story_id,
    f.kind,
    f.id AS first_document_id,
    f.title,
    f.url,
    f.source_id AS first_source_id,
    s.name AS first_source_name,
    f.published_on AS first_published_on,
    f.published_at AS first_published_at,
    b.documents,
    b.documents - 1 AS copies,
    COALESCE(n.mentions, 0) AS mentions,
    COALESCE(n.sources, 0) AS sources,
    b.first_day,
    b.last_day
FROM told AS f
JOIN told_by AS b ON b.story_id = f.story_id
JOIN sources AS s ON s.id = f.source_id
LEFT JOIN seen AS n ON n.story_id = f.story_id
WHERE f.place = 1
