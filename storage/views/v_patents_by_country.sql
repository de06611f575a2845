SELECT
    p.country,
    p.country_from,
    p.counted_on AS day,
    COUNT(DISTINCT p.document_id) AS patents,
    COUNT(DISTINCT CASE WHEN p.place = 1 THEN p.story_id END) AS stories
FROM (
    SELECT
        k.document_id,
        k.story_id,
        k.counted_on,
        k.country,
        k.country_from,
        ROW_NUMBER() OVER (
            PARTITION BY k.story_id, k.country
            ORDER BY
                CASE k.country_from WHEN 'applicant' THEN 1 WHEN 'text' THEN 2 WHEN 'source' THEN 3 ELSE 4 END,
                k.counted_on,
                k.document_id
        ) AS place
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
    ) AS k
) AS p
GROUP BY p.country, p.country_from, p.counted_on
