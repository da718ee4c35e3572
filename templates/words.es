# Spanish
months         = enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre
months_short   = ene, feb, mar, abr, may, jun, jul, ago, sept, oct, nov, dic
weekdays       = lunes, martes, miércoles, jueves, viernes, sábado, domingo
weekdays_short = lun, mar, mié, jue, vie, sáb, dom
date           = {{day}} de {{month}} de {{year}}
date_full      = {{weekday}}, {{day}} de {{month}} de {{year}}
date_time      = {{day}} de {{month}} de {{year}}, {{hour}}:{{minute}}

thousands  = blank
decimal    = ,
group_from = 5

by            = Por
minutes_one   = {{n}} min de lectura
minutes_other = {{n}} min de lectura
also_covered  = También en
picture      = Imagen
sponsored     = Patrocinado por
nothing_new   = Esta semana no hay novedades aquí.

held_title   = te espera
held_text    = Esta edición no sale por sí sola:
held_preview = la muestra, con el motivo junto a cada noticia
held_edit    = la cambia
held_approve = la envía tal como está, con el próximo wrap run
held_resume  = sigue donde se detuvo
held_cancel  = la descarta; sus noticias quedan libres para la siguiente
held_report  = muestra qué ha sido de ella hasta ahora
