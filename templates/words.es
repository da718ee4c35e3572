# Spanish
months         = enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre
months_short   = ene, feb, mar, abr, may, jun, jul, ago, sept, oct, nov, dic
weekdays       = lunes, martes, miércoles, jueves, viernes, sábado, domingo
weekdays_short = lun, mar, mié, jue, vie, sáb, dom
date           = {{day}} de {{month}} de {{year}}
date_time      = {{day}} de {{month}} de {{year}}, {{hour}}:{{minute}}

thousands  = blank
group_from = 5

by            = Por
minutes_one   = {{n}} min de lectura
minutes_other = {{n}} min de lectura
also_covered  = También en
picture      = Imagen
sponsored     = Patrocinado por
nothing_new   = Esta semana no hay novedades aquí.

edition     = Edición
web         = Leer en línea
about       = Sobre este mensaje
why         = Recibes este mensaje porque te suscribiste a {{publication}}.
sent_to     = Se envió a
unsubscribe = Darse de baja
preferences = Elegir temas y preferencias
contact     = Responde a este mensaje o escribe a
subscribe   = Recíbelo cada semana por correo

letter_confirm_subject  = Confirma, por favor: {{publication}}
letter_confirm_text     = Alguien, esperamos que tú, pidió recibir {{publication}} en esta dirección. Basta un clic.
letter_confirm_button   = Sí, quiero recibirlo
letter_confirm_ignore   = Si no fuiste tú, no hagas nada: sin ese clic no enviaremos nada más.
letter_welcome_subject  = Te damos la bienvenida a {{publication}}
letter_welcome_text     = Ya estás en la lista. La próxima edición te llegará en cuanto salga.
letter_farewell_subject = Has dejado {{publication}}
letter_farewell_text    = Te hemos quitado de la lista; no recibirás más ediciones. Gracias por leernos.
letter_farewell_back    = Si fue un error, suscríbete de nuevo
letter_data_subject     = Lo que {{publication}} guarda sobre ti
letter_data_text        = Alguien, esperamos que tú, pidió en tu página de preferencias ver lo que guardamos sobre ti. El enlace de abajo lo muestra y te permite descargarlo o borrarlo todo. Vale siete días.
letter_data_button      = Ver lo que se guarda sobre mí
letter_data_ignore      = Si no fuiste tú, no hagas nada: no se ha cambiado nada. No reenvíes este correo.

held_title   = te espera
held_text    = Esta edición no sale por sí sola:
held_preview = la muestra, con el motivo junto a cada noticia
held_edit    = la cambia
held_approve = la envía tal como está, con el próximo wrap run
held_resume  = sigue donde se detuvo
held_cancel  = la descarta; sus noticias quedan libres para la siguiente
held_report  = muestra qué ha sido de ella hasta ahora

language_name = Español
skip          = Ir al contenido
nav_archive   = Ediciones anteriores
foot_contact  = ¿Preguntas? Una persona te responde en

signup_title       = Suscribirse
signup_button      = Suscribirme
signup_agree       = Una vez por semana, por correo. Primero te enviamos un enlace para confirmar; puedes darte de baja con un clic cuando quieras, y no damos tu dirección a nadie.
signup_latest      = La última edición
signup_no_address  = Escribe tu dirección de correo.
signup_bad_address = No hemos podido leer esa dirección. Revísala y vuelve a pulsar el botón.
signup_again       = Échale un vistazo y pulsa el botón una vez más.
label_email        = Tu dirección de correo
label_name         = Tu nombre
label_topics       = Temas que te gustaría leer
label_trap         = Deja esto vacío
label_language     = Idioma de nuestros correos y de estas páginas
label_pause        = Hacer una pausa
optional           = (opcional)

sent_title = Mira tu correo
sent_text  = Si esta dirección puede recibir {{publication}}, va de camino un mensaje con un enlace. Ábrelo, pulsa el botón y ya estarás en la lista. ¿Sigue sin llegar después de unos minutos? Busca en el correo no deseado.

confirm_title    = Un clic y es tuyo
confirm_text     = ¿Enviamos {{publication}} a esta dirección, una vez por semana?
confirm_button   = Sí, quiero recibirlo
confirm_hint     = Si no lo pediste tú, cierra esta página: sin el clic no enviaremos nada más.
confirmed_title  = ¡Te damos la bienvenida! Ya estás en la lista
confirmed_text   = La próxima edición llegará a tu buzón. Puedes elegir tus temas ahora o más adelante.
was_active_title = Ya estás en la lista
was_active_text  = La próxima edición llegará a tu buzón.
late_title       = Este enlace ya no funciona
late_text        = Un enlace así vale unos días y para un solo uso. Puedes pedir otro.
subscribe_again  = Suscribirse

leave_title     = ¿Dejar {{publication}}?
leave_text      = Esto quita {{who}} de la lista. No se enviarán más ediciones a esa dirección.
leave_button    = Sí, darme de baja
leave_instead   = O, si lo prefieres,
leave_link      = Quitarme de la lista
leave_forwarded = ¿No es tu dirección? Entonces te reenviaron este correo, y el botón daría de baja a su destinatario.
left_title      = Te has dado de baja
left_text       = {{who}} ya no está en la lista; no se enviarán más ediciones a esa dirección. Gracias por leernos.
was_out_title   = Ya te habías dado de baja
was_out_text    = {{who}} no está en la lista. No se envía ninguna edición a esa dirección.
undo_button     = Deshacer: quiero seguir en la lista
back_title      = ¿Volver a la lista?

choose_title      = Tus preferencias
choose_text       = Esto es lo que ha elegido {{who}}.
choose_link       = elige tus temas o haz una pausa
choose_page       = Elegir tus temas
choose_button     = Guardar
choose_saved      = Guardado.
choose_none       = Marca al menos un tema. Para no recibir más ediciones, date de baja más abajo.
choose_wrong      = No se ha podido guardar. Revisa lo que escribiste.
choose_leave      = Darse de baja
no_choice_title   = No estás en la lista
no_choice_text    = No hay nada que elegir mientras no recibas ninguna edición.
pause_none        = Sin pausa
pause_until       = En pausa hasta el {{who}}
pause_weeks_one   = {{n}} semana
pause_weeks_other = {{n}} semanas

data_title           = Lo que guardamos sobre ti
data_text            = Esto es todo: no registramos aperturas, clics ni ubicación.
data_offer           = Puedes verlo, descargarlo y borrarlo todo. El enlace para hacerlo llega a tu propio buzón, porque esta página puede haberse reenviado con un correo.
data_button          = Enviarme el enlace
data_mailed          = Va de camino un correo con un enlace.
data_late_title      = Este enlace ya no funciona
data_late_text       = Valía siete días. Tu página de preferencias, enlazada en cada edición, te envía otro.
data_steps           = Lo que ha pasado
data_download        = Llévatelo contigo
data_download_text   = Todo en un solo archivo, con cada correo que te enviamos.
data_download_button = Descargar (JSON)
data_erase           = Borrar
data_erase_text      = Borramos todo lo tuyo, para siempre, y recordamos solo un código que nos impide volver a escribir a esta dirección. No se puede deshacer.
data_sure            = Sí, quiero borrarlo
data_erase_button    = Borrar todo
erase_sure           = Marca la casilla si de verdad quieres borrarlo.
erased_title         = Te hemos olvidado
erased_text          = Ya no guardamos nada sobre ti. Gracias por habernos leído.
fact_address         = Dirección
fact_name            = Nombre
fact_topics          = Temas
fact_language        = Idioma
fact_state           = Estado
fact_created         = Primer contacto
fact_confirmed       = Confirmación
fact_changed         = Último cambio

archive_title = Ediciones anteriores
archive_none  = Todavía no hay ninguna. La primera está en camino.
archive_feed  = Canal Atom

missing_title  = Esa página no existe
missing_text   = Quizá el enlace se cortó por el camino. Cópialo entero desde el correo.
trouble_title  = Algo ha fallado
trouble_text   = El error es nuestro y no se ha cambiado nada. Inténtalo de nuevo dentro de unos minutos.
busy_title     = Inténtalo más tarde
busy_text      = Hay más gente de lo habitual. No se ha cambiado nada.
too_many_title = Inténtalo más tarde
too_many_text  = Se han inscrito demasiadas direcciones desde tu red en una hora.
bad_form_title = No hemos podido leerlo
bad_form_text  = Vuelve atrás e inténtalo de nuevo.
