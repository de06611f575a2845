SELECT
    p.country,
    p.country_from,
    p.counted_on AS day,
    COUNT(DISTINCT p.document_id) AS patents,
    COUNT(DISTINCT p.story_id) AS stories
FROM (
    SELECT
        d.id AS document_id,
        COALESCE(e.story_id, d.id) AS story_id,
        d.counted_on,
        COALESCE(f.value, s.territory, 'unknown') AS country,
        CASE
            WHEN f.role = 'applicant' THEN 'applicant'
            WHEN f.value IS NOT NULL THEN 'text'
            WHEN s.territory IS NOT NULL THEN 'source'
            ELSE 'none'
        END AS country_from
    FROM documents AS d
    JOIN sources AS s ON s.id = d.source_id
    LEFT JOIN enrichments AS e ON e.document_id = d.id
    LEFT JOIN facts AS f ON f.document_id = d.id AND f.kind = 'country'
        AND (
            f.role = 'applicant'
            OR NOT EXISTS (
                SELECT 1 FROM facts AS o WHERE o.document_id = d.id AND o.kind = 'country' AND o.role = 'applicant'
            )
        )
    WHERE d.kind = 'patent' AND d.counted_on IS NOT NULL
) AS p
GROUP BY p.country, p.country_from, p.counted_on
