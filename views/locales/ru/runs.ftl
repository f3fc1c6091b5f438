run-type-export = выгрузка
run-type-bulk = заполнение
run-type-delta = дельта
run-type-lists = списки
run-type-stale = устаревшие
run-type-retention = очистка
run-type-ratings = оценки
